// Sends files, whole directories, or what comes by standard input.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import { Readable } from 'node:stream';
import { type Asking, type AskingCommand, attempt, inParallel, requireArgs, UsageError } from './command.ts';
import { type LocalFile, walkFiles } from './local-files.ts';
import { pathOf, toPlace, toRemote } from './remote-files.ts';
import { sendFile } from './send-file.ts';

const HELP = `Sends files to the gateway. What is there already, by its sha256, is not sent again; what was interrupted goes on.

Usage: resource-gateway put FILE... DIRECTORY/    into a directory
       resource-gateway put FILE PATH             under another name
       resource-gateway put - PATH                what comes by standard input

  -r           sends whole directories
  --replace    puts another content in the place of one that has the name
`;

async function* findSources(sources: readonly string[], isRecursive: boolean): AsyncGenerator<LocalFile> {
  for (const path of sources) {
    const found = await stat(path);
    if (!found.isDirectory()) yield { path, below: basename(path), sizeBytes: found.size };
    else if (isRecursive) yield* walkFiles(path);
    else throw new UsageError(`${path} is a directory; send it with -r`);
  }
}

async function putInput(target: string, { client, report, signal, isDry }: Asking): Promise<void> {
  const place = toPlace(target);
  const bar = report.begin(place.name, 0);
  const onProgress = ({ sentBytes }: { readonly sentBytes: number }) => bar.moved(sentBytes);
  const stream = Readable.toWeb(createReadStream('', { fd: 0, autoClose: false })) as ReadableStream<Uint8Array>;
  if (!isDry) await client.upload(stream, { ...place, signal, onProgress });
  bar.end();
  report.tell({ path: pathOf(place), outcome: 'created' }, `created ${pathOf(place)}`);
}

async function run(asking: Asking): Promise<void> {
  const { args, flags, report } = asking;
  requireArgs(args, 2, 'name what to send, and where to');
  const sources = args.slice(0, -1);
  const target = args.at(-1) ?? '';
  const isRecursive = flags.recursive === true;
  if (sources.includes('-')) {
    if (sources.length > 1 || target.endsWith('/')) throw new UsageError('- goes alone, to a path with a name');
    return await putInput(target, asking);
  }
  const isInto = target.endsWith('/') || sources.length > 1 || isRecursive;
  await inParallel(findSources(sources, isRecursive), asking, async (file) => {
    const path = isInto ? posix.join(toRemote(target), file.below) : toRemote(target);
    report.expect(file.sizeBytes);
    await attempt(path, asking, async () => {
      const outcome = await sendFile(file, { place: toPlace(path), isReplacing: flags.replace === true }, asking);
      report.tell({ path, outcome, sizeBytes: file.sizeBytes }, `${outcome} ${path}`);
    });
  });
}

export const command: AskingCommand = {
  help: HELP,
  options: { recursive: { type: 'boolean', short: 'r' }, replace: { type: 'boolean' } },
  run,
};
