// Makes a directory of the gateway be as one that is here, or the other way round. The sha256 decides, and never a time.
import { mkdir, rm, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Resource } from '../../../client/src/index.ts';
import { type Asking, type AskingCommand, attempt, inParallel, requireArgs, UsageError } from './command.ts';
import { fetchFile } from './get.ts';
import { placeBelow, walkFiles } from './local-files.ts';
import { listFiles, pathOf, toPlace, toRemote } from './remote-files.ts';
import { sendFile } from './send-file.ts';

const HELP = `Makes one directory be as another. What both have, by its sha256, is left alone, and a run that was killed goes on.

Usage: resource-gateway sync FOLDER DIRECTORY          from this machine to the gateway
       resource-gateway sync --down DIRECTORY FOLDER   from the gateway to this machine

  --down       fetches instead of sending
  --delete     also removes what only the other side has
`;

type Known = Pick<Resource, 'id' | 'sha256'>;

async function listBelow(directory: string, { client, signal }: Asking): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  for await (const resource of listFiles(client, { directoryPath: directory, recursive: true }, signal)) {
    const { id, sha256 } = resource;
    known.set(posix.relative(directory, pathOf(resource)), { id, sha256 });
  }
  return known;
}

async function up(folder: string, directory: string, asking: Asking): Promise<void> {
  const { client, report, signal, isDry } = asking;
  const only = await listBelow(directory, asking);
  await inParallel(walkFiles(folder), asking, async (file) => {
    const path = posix.join(directory, file.below);
    const there = only.get(file.below) ?? null;
    only.delete(file.below);
    report.expect(file.sizeBytes);
    await attempt(path, asking, async () => {
      const outcome = await sendFile(file, { place: toPlace(path), there, isReplacing: true }, asking);
      report.tell({ path, outcome, sizeBytes: file.sizeBytes }, outcome === 'kept' ? '' : `${outcome} ${path}`);
    });
  });
  if (asking.flags.delete !== true) return;
  await inParallel(only, asking, async ([below, { id }]) => {
    const path = posix.join(directory, below);
    if (!isDry) await client.api.resource.delete.mutate({ id }, { signal });
    report.tell({ path, outcome: 'deleted' }, `deleted ${path}`);
  });
}

async function down(directory: string, folder: string, asking: Asking): Promise<void> {
  const { client, report, signal, isDry } = asking;
  const files = new Set<string>();
  const found = listFiles(client, { directoryPath: directory, recursive: true }, signal);
  await inParallel(found, asking, async (resource) => {
    const path = pathOf(resource);
    report.expect(resource.sizeBytes);
    await attempt(path, asking, async () => {
      const file = placeBelow(folder, posix.relative(directory, path));
      files.add(file);
      const outcome = await fetchFile(resource, file, asking);
      const text = outcome === 'kept' ? '' : `${outcome} ${path}`;
      report.tell({ path, file, outcome, sizeBytes: resource.sizeBytes }, text);
    });
  });
  if (asking.flags.delete !== true) return;
  for await (const { path } of walkFiles(folder)) {
    if (files.has(path)) continue;
    if (!isDry) await rm(path);
    report.tell({ file: path, outcome: 'deleted' }, `deleted ${path}`);
  }
}

async function run(asking: Asking): Promise<void> {
  const { args, flags } = asking;
  requireArgs(args, 2, 'name two directories');
  const [from = '', to = '', ...more] = args;
  if (more.length > 0) throw new UsageError('sync takes two directories');
  if (flags.down === true) {
    await mkdir(to, { recursive: true });
    return await down(toRemote(from), to, asking);
  }
  if (!(await stat(from)).isDirectory()) throw new UsageError(`${from} is no directory`);
  await up(from, toRemote(to), asking);
}

export const command: AskingCommand = {
  help: HELP,
  options: { down: { type: 'boolean' }, delete: { type: 'boolean' } },
  run,
};
