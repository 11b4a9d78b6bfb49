// Finds files by what is known of them.
import { type AskingCommand, UsageError } from './command.ts';
import { listFiles, pathOf, toRemote } from './remote-files.ts';

const HELP = `Finds files below a directory; everything that is given has to hold. Prints their paths.

Usage: resource-gateway find [DIRECTORY]

  --name BEGINNING   with a name that begins so
  --tag TAG          with this tag; several: with each of them
  --type TYPE        of this type, such as image/png or image/*
  --sha256 HEX       with this content
  --metadata JSON    with metadata that contains this object
  --created-by WHO   created by this subject
`;

function parseMetadata(text: string): { [key: string]: never } {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('--metadata must be a JSON object');
  }
}

export const command: AskingCommand = {
  help: HELP,
  options: {
    name: { type: 'string' },
    tag: { type: 'string', multiple: true },
    type: { type: 'string' },
    sha256: { type: 'string' },
    metadata: { type: 'string' },
    'created-by': { type: 'string' },
  },
  async run({ client, args, flags, report, signal }) {
    const text = (name: string) => flags[name] as string | undefined;
    const metadata = text('metadata');
    const filters = {
      directoryPath: toRemote(args[0] ?? '/'),
      recursive: true,
      namePrefix: text('name'),
      tagsAll: flags.tag as string[] | undefined,
      mimeType: text('type'),
      sha256: text('sha256'),
      createdBy: text('created-by'),
      ...(metadata !== undefined && { metadata: parseMetadata(metadata) }),
    };
    for await (const resource of listFiles(client, filters, signal)) report.tell(resource, pathOf(resource));
  },
};
