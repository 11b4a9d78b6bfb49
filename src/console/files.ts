// The files of the built console: each is read when somebody first asks for it, and kept, since they are few and small.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export type ConsoleFile = {
  readonly contentType: string;
  /** Quoted, as RFC 9110 has it; of what is uncompressed. */
  readonly etag: string;
  /** Whether its name holds a digest of what is in it, so that the address never gives anything else. */
  readonly isImmutable: boolean;
  readonly bytes: Buffer;
  /** The same, compressed by the build; absent where that saves nothing. */
  readonly compressed: { readonly [coding in Coding]?: Buffer };
};

/** Content codings, the better first. */
export const CODINGS = ['br', 'gzip'] as const;
export type Coding = (typeof CODINGS)[number];
const ENDINGS: { readonly [coding in Coding]: string } = { br: '.br', gzip: '.gz' };

/** The page itself; without it the console was not built. */
export const PAGE = 'index.html';
const ASSETS = 'assets/';

const TYPES: { readonly [ending: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.bcmap': 'application/octet-stream',
};

/** Whether there is a console in this folder. */
export function isBuilt(folder: string): boolean {
  return existsSync(join(folder, PAGE));
}

/** Finds a file by its path in the folder, with slashes; undefined: there is none, or none of a known type. */
export type FindFile = (path: string) => Promise<ConsoleFile> | undefined;

/** Lists the folder. Each file is read when it is first asked for. */
export async function openConsole(folder: string): Promise<FindFile> {
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
  const there = new Set(names);
  const read = new Map<string, Promise<ConsoleFile>>();
  return (path) => {
    if (!there.has(path) || !(extname(path) in TYPES)) return undefined;
    const known = read.get(path);
    if (known !== undefined) return known;
    const codings = CODINGS.filter((coding) => there.has(path + ENDINGS[coding]));
    const reading = readConsoleFile(folder, { path, codings });
    read.set(path, reading);
    return reading;
  };
}

async function readConsoleFile(
  folder: string,
  { path, codings }: { path: string; codings: readonly Coding[] },
): Promise<ConsoleFile> {
  const bytes = await readFile(join(folder, path));
  const compressed = await Promise.all(
    codings.map(async (coding) => [coding, await readFile(join(folder, path + ENDINGS[coding]))] as const),
  );
  return {
    contentType: TYPES[extname(path)] as string,
    etag: `"${createHash('sha256').update(bytes).digest('base64url')}"`,
    isImmutable: path.startsWith(ASSETS),
    bytes,
    compressed: Object.fromEntries(compressed),
  };
}
