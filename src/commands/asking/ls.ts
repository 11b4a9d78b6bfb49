// Shows what is in a directory.
import type { AskingCommand } from './command.ts';
import { listFiles, pathOf, toRemote } from './remote-files.ts';
import { toSizeText } from './report.ts';

const HELP = `Shows what is in a directory: its directories, then its files.

Usage: resource-gateway ls [DIRECTORY]

  -r           shows everything below it
`;
const SIZE_COLUMN = 10;

export const command: AskingCommand = {
  help: HELP,
  options: { recursive: { type: 'boolean', short: 'r' } },
  async run({ client, args, flags, report, signal }) {
    const directoryPath = toRemote(args[0] ?? '/');
    const isRecursive = flags.recursive === true;
    let cursor: string | null = null;
    while (!isRecursive) {
      type Page = { directories: { path: string }[]; nextCursor: string | null };
      const page: Page = await client.api.resource.directory.query({ path: directoryPath, cursor }, { signal });
      for (const { path } of page.directories) report.tell({ directory: path }, `${' '.repeat(SIZE_COLUMN)}  ${path}/`);
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    const filters = { directoryPath, recursive: isRecursive, sort: 'name', order: 'asc' } as const;
    for await (const resource of listFiles(client, filters, signal)) {
      const size = toSizeText(resource.sizeBytes).padStart(SIZE_COLUMN);
      report.tell(resource, `${size}  ${isRecursive ? pathOf(resource) : resource.name}`);
    }
  },
};
