// Deletes files, what a pattern matches, and directories.
import { type AskingCommand, inParallel, requireArgs, toText } from './command.ts';
import { pathOf, resolveRemote } from './remote-files.ts';

const HELP = `Deletes files. A PATH may be a pattern: '/docs/*.tmp'. See what it would be with --dry-run.

Usage: resource-gateway rm PATH...

  -r           deletes directories with everything in them
`;

export const command: AskingCommand = {
  help: HELP,
  options: { recursive: { type: 'boolean', short: 'r' } },
  async run(asking) {
    const { client, args, flags, report, signal, isDry } = asking;
    requireArgs(args, 1, 'name what to delete');
    for (const arg of args) {
      try {
        const found = resolveRemote(client, arg, { isRecursive: flags.recursive === true, signal });
        await inParallel(found, asking, async ({ resource }) => {
          const path = pathOf(resource);
          if (!isDry) await client.api.resource.delete.mutate({ id: resource.id }, { signal });
          report.tell({ path, outcome: 'deleted' }, `deleted ${path}`);
        });
      } catch (thrown) {
        signal.throwIfAborted();
        report.fail(arg, toText(thrown));
      }
    }
  },
};
