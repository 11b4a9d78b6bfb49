// The files of the built console: read when somebody first asks, and kept, since they are few and small.
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
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Whether there is a console in this folder. */
export function isBuilt(folder: string): boolean {
  return existsSync(join(folder, PAGE));
}

/** Every file by its path in the folder, with slashes. What has no known type is left out. */
export async function readConsole(folder: string): Promise<ReadonlyMap<string, ConsoleFile>> {
  const names = await readdir(folder, { recursive: true });
  const paths = names.filter((name) => extname(name) in TYPES);
  const files = paths.map(async (name): Promise<[string, ConsoleFile]> => {
    const bytes = await readFile(join(folder, name));
    const path = name.replaceAll('\\', '/');
    const compressed = await Promise.all(
      CODINGS.filter((coding) => names.includes(name + ENDINGS[coding])).map(
        async (coding) => [coding, await readFile(join(folder, name + ENDINGS[coding]))] as const,
      ),
    );
    const contentType = TYPES[extname(name)] as string;
    const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
    const isImmutable = path.startsWith(ASSETS);
    return [path, { contentType, etag, isImmutable, bytes, compressed: Object.fromEntries(compressed) }];
  });
  return new Map(await Promise.all(files));
}
