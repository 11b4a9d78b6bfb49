// Resources as a shell sees files: by path, by pattern, and by what is below a directory.
import { posix } from 'node:path';
import picomatch from 'picomatch';
import { type GatewayClient, isGatewayError, type Resource, toGatewayError } from '../../../client/src/index.ts';
import { type Asking, attempt, inParallel, UsageError } from './command.ts';

const PAGE = 200;

export type Place = { readonly directoryPath: string; readonly name: string };

/** The absolute form of a path at the gateway. */
export function toRemote(path: string): string {
  const clean = posix.normalize(`/${path}`);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}

/** Where a file of that path is. @throws UsageError for the root */
export function toPlace(path: string): Place {
  const whole = toRemote(path);
  if (whole === '/') throw new UsageError('/ is a directory, not a file');
  return { directoryPath: posix.dirname(whole), name: posix.basename(whole) };
}

export function pathOf({ directoryPath, name }: Place): string {
  return posix.join(directoryPath, name);
}

/** Everything in a directory, or below it; pages are asked for as they are needed. */
export async function* listFiles(
  { api }: GatewayClient,
  filters: Parameters<GatewayClient['api']['resource']['list']['query']>[0],
  signal: AbortSignal,
): AsyncGenerator<Resource, void, undefined> {
  let cursor: string | null = null;
  do {
    const page: { items: Resource[]; nextCursor: string | null } = await api.resource.list.query(
      { ...filters, limit: PAGE, cursor },
      { signal },
    );
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** The file at a path; null when there is none. */
export async function findFile({ api }: GatewayClient, path: string, signal: AbortSignal): Promise<Resource | null> {
  try {
    return await api.resource.byPath.query(toPlace(path), { signal });
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (isGatewayError(error, 'not_found')) return null;
    throw error;
  }
}

export type Found = {
  readonly resource: Resource;
  /** Its path below what was named: a file's name, and for a directory the way down. */
  readonly below: string;
};

/**
 * What an argument names: a file, what a pattern (`*`, `?`, `**`, `[ab]`, `{a,b}`) matches, and with `isRecursive` everything
 * below a directory. @throws Error when that is nothing
 */
export async function* resolveRemote(
  client: GatewayClient,
  given: string,
  { isRecursive, signal }: { readonly isRecursive: boolean; readonly signal: AbortSignal },
): AsyncGenerator<Found, void, undefined> {
  const path = toRemote(given);
  const { base, isGlob } = picomatch.scan(path);
  if (!isGlob) {
    const file = path === '/' ? null : await findFile(client, path, signal);
    if (file !== null) return yield { resource: file, below: file.name };
    if (!isRecursive) throw new Error('there is no such file; a directory needs -r');
  }
  const matches = isGlob ? picomatch(path, { dot: true }) : () => true;
  const from = isGlob ? base || '/' : path;
  let isEmpty = true;
  for await (const resource of listFiles(client, { directoryPath: from, recursive: true }, signal)) {
    if (!matches(pathOf(resource))) continue;
    isEmpty = false;
    yield { resource, below: isGlob && !isRecursive ? resource.name : posix.relative(from, pathOf(resource)) };
  }
  if (isEmpty) throw new Error('nothing is there');
}

/** Does `work` with each resource that an argument names; an argument with which something goes wrong is told of. */
export async function eachFound(asking: Asking, work: (found: Found) => Promise<void>): Promise<void> {
  const { client, args, flags, signal } = asking;
  for (const arg of args) {
    await attempt(arg, asking, async () => {
      const found = resolveRemote(client, arg, { isRecursive: flags.recursive === true, signal });
      await inParallel(found, asking, work);
    });
  }
}
