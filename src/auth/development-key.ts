// The signing key of a deployment without an issuer, kept in a private file. It refuses a file that others can read.
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

const ALGORITHM = 'ES256';
const FILE_NAME = 'development-key.json';

/** A private signing key as a JWK (RFC 7518, section 6.2.2). */
export type DevelopmentKey = {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly d: string;
  readonly kid: string;
  readonly alg: typeof ALGORITHM;
};

/**
 * The key under `dataDir`, made there when there is none. Processes that race for it end up with the same key.
 * @throws Error with a sentence for whoever starts the process
 */
export async function openDevelopmentKey(dataDir: string): Promise<DevelopmentKey> {
  const path = join(dataDir, FILE_NAME);
  await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch(fail(path, 'has no directory'));
  const existing = await readKey(path);
  if (existing !== null) return existing;
  await publishKey(await createKey(path), path);
  const published = await readKey(path);
  if (published === null) throw new Error(`the development key ${path} vanished while it was being made; start again`);
  return published;
}

/** The half of a key that verifies. */
export function toPublicKey({ d: _secret, ...key }: DevelopmentKey): JWK {
  return { ...key, use: 'sig' };
}

async function createKey(path: string): Promise<DevelopmentKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return requireKey({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: ALGORITHM }, path);
}

/** Linking is atomic and never replaces: the file appears whole, and of several racers exactly one wins. */
async function publishKey(key: DevelopmentKey, path: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(key, null, 2)}\n`, { flag: 'wx', mode: 0o600, flush: true });
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    fail(path, 'cannot be written')(error);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readKey(path: string): Promise<DevelopmentKey | null> {
  await using file = await open(path, 'r').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? null : fail(path, 'cannot be opened')(error),
  );
  if (file === null) return null;
  // Windows has no such bits and reports every file as readable by all.
  if (process.platform !== 'win32' && ((await file.stat()).mode & 0o077) !== 0) {
    throw new Error(`the development key ${path} can be read by others; run chmod 600 on it, or remove it`);
  }
  const text = await file.readFile('utf8').catch(fail(path, 'cannot be read'));
  return requireKey(parseJson(text), path);
}

function fail(path: string, what: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`the development key ${path} ${what}`, { cause });
  };
}

function requireKey(value: unknown, path: string): DevelopmentKey {
  if (isKey(value)) return value;
  throw new Error(`the development key ${path} is damaged; remove it to have a new one made`);
}

function isKey(value: unknown): value is DevelopmentKey {
  if (typeof value !== 'object' || value === null) return false;
  const key: Partial<DevelopmentKey> = value;
  const texts = [key.x, key.y, key.d, key.kid];
  return (
    key.kty === 'EC' && key.crv === 'P-256' && key.alg === ALGORITHM && texts.every((text) => typeof text === 'string')
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
