// Directories as users know them: they exist as long as something is in them, and nobody makes or keeps them.

import { requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import { parseDirectoryPath } from '../fields/names.ts';
import { createCursor, foreignCursor, parseCursor } from './cursor.ts';
import { type PageInput, parseLimit, type ReadCall } from './list-resources.ts';
import type { DirectoryTotals } from './ports.ts';

/** One directory; its count and size include everything that lies deeper. */
export type Directory = DirectoryTotals & {
  readonly path: string;
  /** Its path's last part; the root's is empty. */
  readonly name: string;
};

/** A directory, and a page of those in it, ordered by the bytes of their names. */
export type DirectoryPage = Directory & {
  readonly directories: readonly Directory[];
  /** Null when nothing follows. */
  readonly nextCursor: string | null;
};

export type ReadDirectoryInput = PageInput & { readonly path: string };

const ROOT = '/';
const CURSOR_KIND = 'directory';

/**
 * One of the caller's directories. The root always exists.
 * @throws GatewayError `forbidden`, `invalid_input`, `not_found` when nothing is in it
 */
export async function readDirectory(input: ReadDirectoryInput, call: ReadCall): Promise<DirectoryPage> {
  const { principal, repository, signal } = call;
  requireScope(principal, 'resources:read');
  const path = parseDirectoryPath(input.path, 'path');
  const limit = parseLimit(input);
  const afterName = input.cursor === undefined ? null : parseDirectoryCursor(input.cursor, path);
  const query = { accountId: principal.accountId, path, afterName, maxCount: limit + 1 };
  const { resourceCount, sizeBytes, children } = await repository.readDirectory(query, { signal });
  if (resourceCount === 0 && path !== ROOT) throw new GatewayError('not_found', { directoryPath: path });
  const prefix = path === ROOT ? ROOT : `${path}/`;
  const directories = children.slice(0, limit).map((child) => ({ ...child, path: `${prefix}${child.name}` }));
  const last = children.length > limit ? directories.at(-1) : undefined;
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    resourceCount,
    sizeBytes,
    directories,
    nextCursor: last === undefined ? null : createCursor([CURSOR_KIND, path, last.name]),
  };
}

/** @throws GatewayError `invalid_input` on `cursor`, also when it belongs to another directory */
function parseDirectoryCursor(cursor: string, path: string): string {
  const [kind, of, name, ...rest] = parseCursor(cursor);
  if (kind !== CURSOR_KIND || of !== path || typeof name !== 'string' || rest.length > 0) throw foreignCursor();
  return name;
}
