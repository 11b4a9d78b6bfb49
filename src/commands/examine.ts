// Looks at what a gateway depends on, one thing after the other, each with a deadline. What it writes it removes.
import { randomUUID } from 'node:crypto';
import { mkdir, statfs } from 'node:fs/promises';
import type { Config } from '../config.ts';
import type { BlobStore } from '../domain/content/blob-store.ts';
import { lookAtOwnStore } from '../domain/maintenance/own-store.ts';
import { openRepository, type Repository } from '../persistence/repository.ts';
import { toBlobsPlace } from '../start/places.ts';
import { openBlobStore } from '../storage/open-blob-store.ts';

const TIMEOUT_MS = 15_000;
const KEYS_TIMEOUT_MS = 5_000;
const MAX_CLOCK_SKEW_MS = 5_000;
const LITTLE_SPACE_BYTES = 1024 ** 3;

/** The database and the store, each opened when it is first looked at, or not at all. */
type Opened = { repository(): Promise<Repository>; store(): Promise<BlobStore> };

/** What a look found: a line about what is well, or a throw that says what is not. */
type Look = { readonly what: string; look(config: Config, opened: Opened): Promise<string> };

const LOOKS: readonly Look[] = [
  { what: 'database', look: lookAtDatabase },
  { what: 'store', look: lookAtStore },
  { what: 'store label', look: lookAtLabel },
  { what: 'keys', look: lookAtKeys },
  { what: 'disk', look: lookAtDisk },
  { what: 'clock', look: lookAtClock },
  { what: 'public address', look: lookAtPublicAddress },
];

/** Looks at all of it, also when some is not well. @returns whether all is well */
export async function examine(config: Config, print: (line: string) => void): Promise<boolean> {
  await using cleanup = new AsyncDisposableStack();
  const opened: Opened = {
    repository: once(async () => cleanup.adopt(await openRepository(config), (it) => it.close())),
    store: once(async () => cleanup.adopt(await openBlobStore(config.storage), (it) => it.close())),
  };
  let isWell = true;
  for (const { what, look } of LOOKS) {
    try {
      print(`ok    ${what}: ${await look(config, opened)}`);
    } catch (error) {
      isWell = false;
      print(`WRONG ${what}: ${explain(error)}`);
    }
  }
  return isWell;
}

function once<Value>(open: () => Promise<Value>): () => Promise<Value> {
  let opening: Promise<Value> | undefined;
  return () => {
    opening ??= open();
    return opening;
  };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' && 'code' in error ? String(error.code) : error.message;
  return error.cause === undefined ? message : `${message}: ${explain(error.cause)}`;
}

async function lookAtDatabase({ database }: Config, opened: Opened): Promise<string> {
  const repository = await opened.repository();
  const startedMs = performance.now();
  await repository.check({ signal: AbortSignal.timeout(TIMEOUT_MS) });
  const tookMs = Math.ceil(performance.now() - startedMs);
  const where = database.kind === 'pglite' ? `embedded in ${database.directory}` : new URL(database.url).host;
  return `${where}, migrated, answers in ${tookMs} ms`;
}

/** Writes and reads back: that is what a create and a download need. */
async function lookAtStore({ storage }: Config, opened: Opened): Promise<string> {
  const store = await opened.store();
  const options = { signal: AbortSignal.timeout(TIMEOUT_MS) };
  const key = `doctor/${randomUUID()}`;
  const written = Buffer.from(`written by the doctor ${key}`);
  await using cleanUp = new AsyncDisposableStack();
  const staged = cleanUp.adopt(await store.stage(oneByOne(written), { ...options, key, accountId: 'doctor' }), (blob) =>
    blob.discard(),
  );
  await staged.commit(options);
  cleanUp.defer(() => store.delete(key, options));
  const pieces: Uint8Array[] = [];
  for await (const piece of await store.read(key, { ...options, range: null })) pieces.push(Uint8Array.from(piece));
  if (!Buffer.concat(pieces).equals(written)) throw new Error('what was read is not what was written');
  return `${storage.kind === 's3' ? `bucket ${storage.bucket}` : storage.directory}, written and read back`;
}

/** Whether the database's blobs lie in this store. */
async function lookAtLabel({ storage }: Config, opened: Opened): Promise<string> {
  const [blobs, memory] = [await opened.store(), await opened.repository()];
  const place = toBlobsPlace(storage);
  const found = await lookAtOwnStore({ blobs, memory, place, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return found === 'own'
    ? `${place} is this database's own`
    : `none yet; the first start makes ${place} the database's own`;
}

async function* oneByOne(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function lookAtKeys({ auth }: Config): Promise<string> {
  if (auth.kind === 'development') return 'the development key; in production an issuer has to be named';
  const answer = await fetch(auth.url, { redirect: 'error', signal: AbortSignal.timeout(KEYS_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${auth.url} answers ${answer.status}`);
  const body: unknown = await answer.json();
  const keys = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : null;
  if (!Array.isArray(keys) || keys.length === 0) throw new Error(`${auth.url} has no key in its "keys"`);
  return `${keys.length} at ${auth.url}`;
}

async function lookAtDisk({ dataDir }: Config): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const { bavail, bsize, blocks } = await statfs(dataDir);
  const freeBytes = bavail * bsize;
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  const line = `${gib(freeBytes)} of ${gib(blocks * bsize)} free at ${dataDir}`;
  if (freeBytes < LITTLE_SPACE_BYTES) throw new Error(`${line}; contents will soon find no room`);
  return line;
}

/** Tokens are judged by this machine's clock; the issuer's is the one that counts. */
async function lookAtClock({ auth }: Config): Promise<string> {
  if (auth.kind === 'development') return `${new Date().toISOString()}; no issuer to compare it with`;
  const answer = await fetch(auth.url, { redirect: 'error', signal: AbortSignal.timeout(KEYS_TIMEOUT_MS) });
  await answer.body?.cancel();
  const theirsMs = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(theirsMs)) return `${new Date().toISOString()}; the issuer does not tell its time`;
  const skewMs = Date.now() - theirsMs;
  // The header has whole seconds.
  const line = `${(skewMs / 1000).toFixed(0)} s beside the issuer's`;
  if (Math.abs(skewMs) > MAX_CLOCK_SKEW_MS) throw new Error(`${line}; tokens will be refused or last too long`);
  return line;
}

async function lookAtPublicAddress({ publicUrl }: Config): Promise<string> {
  if (publicUrl === null) return 'PUBLIC_URL is not set, so addresses are what each request names';
  const answer = await fetch(`${publicUrl}/healthz`, {
    redirect: 'error',
    signal: AbortSignal.timeout(KEYS_TIMEOUT_MS),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`${publicUrl}/healthz answers ${answer.status}`);
  return `${publicUrl} is reached`;
}
