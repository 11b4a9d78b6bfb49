// What may be said to read a directory, and what one looks like, in the two spellings of its keys.
import { z } from 'zod';
import type { Directory, DirectoryPage, ReadDirectoryInput } from '../domain/find/read-directory.ts';
import { limit } from './pages.ts';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';
import { toRestKeys, toRestShape } from './spelling.ts';
import { permanent, permanentQuery } from './update-resource.ts';

const path = z.string(required('must be a string')).describe('Path of a directory, for example /docs; the root is /');

/** The input of every transport; a null cursor begins anew. */
export const readDirectoryInput = inputObject({
  path,
  limit,
  cursor: z.string('must be a string').nullish().describe("A previous page's next_cursor"),
});

/** The domain's input. */
export function toReadDirectoryInput({ path, limit, cursor }: z.output<typeof readDirectoryInput>): ReadDirectoryInput {
  return { path, limit, cursor: cursor ?? undefined };
}

/** A directory as GraphQL and tRPC show it; count and size include all that lies deeper. */
export type PublicDirectory = { path: string; name: string; resourceCount: number; sizeBytes: number };

/** A directory and a page of those in it. */
export type PublicDirectoryPage = PublicDirectory & {
  directories: PublicDirectory[];
  /** Null when nothing follows. */
  nextCursor: string | null;
};

export function toPublicDirectory({ path, name, resourceCount, sizeBytes }: Directory): PublicDirectory {
  return { path, name, resourceCount, sizeBytes };
}

export function toPublicDirectoryPage(page: DirectoryPage): PublicDirectoryPage {
  const { directories, nextCursor } = page;
  return { ...toPublicDirectory(page), directories: directories.map(toPublicDirectory), nextCursor };
}

/** A directory, field by field. */
export const directoryFields = z.object({
  path: z.string().describe('Absolute; the root is "/"'),
  name: z.string().describe("The last part of the path; the root's is empty"),
  resourceCount: z.int().describe('How many resources lie in it and below it'),
  sizeBytes: z.int().meta({ format: 'int64', description: 'The sum of their sizes' }),
});
/** A directory as REST shows it. */
export const restDirectory = toRestShape(directoryFields);

/** What a page of directories has besides. */
export const directoryPageFields = z.object({
  directories: z.array(directoryFields).describe('The directories in it, ordered by name'),
  nextCursor: z.string().nullable().describe('For the next page; null when nothing follows'),
});
export const restDirectoryPage = restDirectory.extend({
  ...toRestShape(directoryPageFields).shape,
  directories: z.array(restDirectory).describe('The directories in it, ordered by name'),
});

export function toRestDirectoryPage(page: DirectoryPage): z.output<typeof restDirectoryPage> {
  const { directories, ...rest } = toPublicDirectoryPage(page);
  return { ...toRestKeys(rest), directories: directories.map((directory) => toRestKeys(directory)) };
}

const changedPath = z
  .string(required('must be a string'))
  .describe('Path of a directory, for example /docs; not the root');

export const moveDirectoryInput = inputObject({
  from: changedPath,
  to: z
    .string(required('must be a string'))
    .describe('The path it is to have, outside of itself; it is joined to what is there'),
});
/** What a move answers in REST and tRPC. */
export const moved = z.object({ moved: z.int().describe('How many resources lie elsewhere now') });

export const deleteDirectoryInput = inputObject({ path: changedPath, permanent });
/** In REST both are query parameters. */
export const restDeleteDirectoryQuery = inputObject({ path: changedPath, permanent: permanentQuery });
