// Renames and moves: a file, or a directory with everything in it.
import { posix } from 'node:path';
import { type AskingCommand, requireArgs, UsageError } from './command.ts';
import { findFile, pathOf, toPlace, toRemote } from './remote-files.ts';

const HELP = `Renames or moves a file, or a directory with everything in it.

Usage: resource-gateway mv FROM TO
       resource-gateway mv FROM DIRECTORY/    keeps the name
`;

export const command: AskingCommand = {
  help: HELP,
  options: {},
  async run({ client, args, report, signal, isDry }) {
    requireArgs(args, 2, 'name what to move, and where to');
    if (args.length > 2) throw new UsageError('mv moves one thing');
    const [from = '', to = ''] = args;
    const source = toRemote(from);
    const target = to.endsWith('/') ? posix.join(toRemote(to), posix.basename(source)) : toRemote(to);
    const file = from.endsWith('/') ? null : await findFile(client, source, signal);
    if (file !== null) {
      const { id } = file;
      if (!isDry) await client.api.resource.update.mutate({ id, ...toPlace(target) }, { signal });
      return report.tell(
        { from: pathOf(file), path: target, outcome: 'moved', moved: 1 },
        `moved ${source} to ${target}`,
      );
    }
    if (isDry) return report.tell({ from: source, path: target, outcome: 'moved' }, `moved ${source} to ${target}`);
    const { moved } = await client.api.resource.moveDirectory.mutate({ from: source, to: target }, { signal });
    report.tell(
      { from: source, path: target, outcome: 'moved', moved },
      `moved ${source} to ${target}, ${moved} files`,
    );
  },
};
