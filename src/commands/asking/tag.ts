// Changes the tags of files.
import { type AskingCommand, requireArgs, UsageError } from './command.ts';
import { eachFound, pathOf } from './remote-files.ts';

const HELP = `Changes the tags of files. A PATH may be a pattern.

Usage: resource-gateway tag PATH... [--add TAG]... [--remove TAG]...

  --add TAG      gives them this tag
  --remove TAG   takes it away
  -r             also those below directories
`;

export const command: AskingCommand = {
  help: HELP,
  options: {
    add: { type: 'string', multiple: true, default: [] },
    remove: { type: 'string', multiple: true, default: [] },
    recursive: { type: 'boolean', short: 'r' },
  },
  async run(asking) {
    const { client, args, flags, report, signal, isDry } = asking;
    requireArgs(args, 1, 'name what to tag');
    const added = flags.add as readonly string[];
    const removed = new Set(flags.remove as readonly string[]);
    if (added.length + removed.size === 0) throw new UsageError('say which tags to --add or to --remove');
    await eachFound(asking, async ({ resource }) => {
      const tags = [...new Set([...resource.tags, ...added])].filter((tag) => !removed.has(tag));
      const path = pathOf(resource);
      if (!isDry) await client.api.resource.update.mutate({ id: resource.id, tags }, { signal });
      report.tell({ path, outcome: 'tagged', tags }, `${path}: ${tags.join(', ')}`);
    });
  },
};
