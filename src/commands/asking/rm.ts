// Deletes files, what a pattern matches, and directories.
import { type AskingCommand, requireArgs } from './command.ts';
import { eachFound, pathOf } from './remote-files.ts';

const HELP = `Deletes files. A PATH may be a pattern: '/docs/*.tmp'. See what it would be with --dry-run.

Usage: resource-gateway rm PATH...

  -r           deletes directories with everything in them
`;

export const command: AskingCommand = {
  help: HELP,
  options: { recursive: { type: 'boolean', short: 'r' } },
  async run(asking) {
    const { client, args, report, signal, isDry } = asking;
    requireArgs(args, 1, 'name what to delete');
    await eachFound(asking, async ({ resource }) => {
      const path = pathOf(resource);
      if (!isDry) await client.api.resource.delete.mutate({ id: resource.id }, { signal });
      report.tell({ path, outcome: 'deleted' }, `deleted ${path}`);
    });
  },
};
