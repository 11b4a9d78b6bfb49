// Fetches files: beside their place first, so that a name never stands for half a content.
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Resource } from '../../../client/src/index.ts';
import { type Asking, type AskingCommand, attempt, inParallel, requireArgs, toText } from './command.ts';
import { placeBelow, sha256OfFile } from './local-files.ts';
import { type Found, pathOf, resolveRemote } from './remote-files.ts';

const HELP = `Fetches files. What is here already, by its sha256, is not fetched again.

Usage: resource-gateway get PATH... DIRECTORY/    into a directory of this machine
       resource-gateway get PATH FILE             under another name
       resource-gateway get PATH -                to standard output

A PATH may be a pattern: '/docs/*.pdf', '/photos/**'.

  -r           fetches whole directories
`;

/** Writes the content to `file`; a name that is there already keeps its content until the whole new one is here. */
export async function fetchFile(
  resource: Resource,
  file: string,
  asking: Pick<Asking, 'client' | 'report' | 'signal' | 'isDry'>,
): Promise<'fetched' | 'kept'> {
  const { signal, isDry } = asking;
  const here = await stat(file).catch(() => null);
  if (here?.size === resource.sizeBytes && (await sha256OfFile(file, signal)) === resource.sha256) return 'kept';
  if (isDry) return 'fetched';
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.${randomUUID()}.unfinished`;
  try {
    await receive(resource, createWriteStream(unfinished, { flags: 'wx' }), asking);
    await rename(unfinished, file);
  } catch (thrown) {
    await rm(unfinished, { force: true });
    throw thrown;
  }
  return 'fetched';
}

/** @throws Error when what came is not what the gateway says it has */
async function receive(
  resource: Resource,
  into: NodeJS.WritableStream,
  { client, report, signal }: Pick<Asking, 'client' | 'report' | 'signal'>,
): Promise<void> {
  const bar = report.begin(resource.name, resource.sizeBytes);
  const hash = createHash('sha256');
  let bytes = 0;
  const watch = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      bytes += piece.length;
      bar.moved(bytes);
      done(null, piece);
    },
  });
  try {
    const { body } = await client.download(resource.id, { signal });
    const source = body === null ? Readable.from([]) : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(source, watch, into, { signal, end: into !== process.stdout });
  } finally {
    bar.end();
  }
  if (hash.digest('hex') !== resource.sha256) throw new Error('what came is not what the gateway has; fetch it again');
}

async function* findAll(asking: Asking, sources: readonly string[]): AsyncGenerator<Found> {
  const isRecursive = asking.flags.recursive === true;
  for (const source of sources) {
    try {
      yield* resolveRemote(asking.client, source, { isRecursive, signal: asking.signal });
    } catch (thrown) {
      asking.signal.throwIfAborted();
      asking.report.fail(source, toText(thrown));
    }
  }
}

async function run(asking: Asking): Promise<void> {
  const { args, flags, report } = asking;
  requireArgs(args, 2, 'name what to fetch, and where to');
  const sources = args.slice(0, -1);
  const target = args.at(-1) ?? '';
  if (target === '-') {
    for await (const { resource } of findAll(asking, sources)) {
      if (!asking.isDry) await receive(resource, process.stdout, asking);
    }
    return;
  }
  const isFolder = await stat(target).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const isPattern = sources.some((source) => /[*?[{]/.test(source));
  const isInto = isFolder || target.endsWith('/') || sources.length > 1 || flags.recursive === true || isPattern;
  await inParallel(findAll(asking, sources), asking, async ({ resource, below }) => {
    const path = pathOf(resource);
    report.expect(resource.sizeBytes);
    await attempt(path, asking, async () => {
      const file = isInto ? placeBelow(target, below) : target;
      const outcome = await fetchFile(resource, file, asking);
      report.tell({ path, file, outcome, sizeBytes: resource.sizeBytes }, `${outcome} ${path}`);
    });
  });
}

export const command: AskingCommand = {
  help: HELP,
  options: { recursive: { type: 'boolean', short: 'r' } },
  run,
};
