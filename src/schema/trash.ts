// What may be said to read, restore and empty the trash, and what lies in it, in the two spellings of its keys. Shapes only.
import { z } from 'zod';
import type { Page as DomainPage } from '../domain/flow/pages.ts';
import type { TrashedResource } from '../domain/trash/ports.ts';
import { onConflict } from './create-resource.ts';
import { infinitePage, type Page, page, restPageOf } from './pages.ts';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';
import { toRestKeys, toRestShape } from './spelling.ts';
import { toTimeText } from './time.ts';

const id = z.string(required('must be a string')).describe('The id that the resource had');
const name = z.string('must be a string').optional().describe('Another name than it had');
const directoryPath = z.string('must be a string').optional().describe('Another directory than it was in');
const deletionId = z
  .string('must be a string')
  .optional()
  .describe('The deletion of a directory: only what was deleted with it');

export const listTrashInput = inputObject({ deletionId, ...page });
/** The same in tRPC, whose clients may begin with a null cursor. */
export const infiniteTrashInput = inputObject({ deletionId, ...infinitePage });
export const restListTrashQuery = toRestShape(listTrashInput);

export const restoreTrashedInput = inputObject({ id, name, directoryPath, onConflict });
/** What is said besides the address in REST. */
export const restoreTrashedFields = inputObject({ name, directoryPath, onConflict });
export const restRestoreTrashedInput = toRestShape(restoreTrashedFields);

export const restoreManyTrashedInput = inputObject({
  ids: z
    .array(z.string('must be an array of ids'), 'must be an array of ids')
    .optional()
    .describe('Up to 100 ids; either they or deletion_id are given'),
  deletionId,
  directoryPath: directoryPath.describe(
    'Another directory than they were in; a deleted directory keeps its shape below it',
  ),
  onConflict,
});
export const restRestoreManyTrashedInput = toRestShape(restoreManyTrashedInput);

export const trashedIdInput = inputObject({ id });
/** What a restore of many answers in REST and tRPC. */
export const restoredMany = z.object({
  restored: z
    .int()
    .describe('How many are answered for by a resource now; those that were not in the trash do not count'),
});

/** What lies in the trash as GraphQL and tRPC show it. */
export const trashedFields = z.object({
  id: z.uuid().describe('The id that it had, and has again when it is restored'),
  name: z.string().describe('The name that it had'),
  directoryPath: z.string().describe('The directory that it was in'),
  mimeType: z.string().describe('MIME type of its content'),
  sha256: z.string().describe('SHA-256 of its content, in lower-case hex'),
  sizeBytes: z.int().meta({ format: 'int64', description: 'Size of its content in bytes' }),
  tags: z.array(z.string()).describe('Its tags'),
  metadata: z.looseObject({}).nullable().describe('Its metadata, exactly as sent'),
  createdBy: z.string().nullable().describe("The creator: the token's subject"),
  createdAt: z.iso.datetime().describe('When it was created'),
  updatedAt: z.iso.datetime().describe('When it was last changed'),
  deletedBy: z.string().nullable().describe('Who deleted it'),
  deletedAt: z.iso.datetime().describe('When it was deleted'),
  expiresAt: z.iso.datetime().describe('When it goes for good'),
  deletionId: z.uuid().nullable().describe('The deletion of a directory that it went with'),
  deletedPath: z.string().nullable().describe('The directory that was deleted with it'),
});
/** The same as REST shows it. */
export const restTrashed = toRestShape(trashedFields).describe('A deleted resource');
export const restTrashPage = restPageOf(z.array(restTrashed).describe('The last deleted first'));

type PublicTrashed = z.output<typeof trashedFields>;

function toPublicTrashed(trashed: TrashedResource): PublicTrashed {
  const { id, name, directoryPath, mimeType, sha256, sizeBytes, metadata, createdBy, deletedBy, deletion } = trashed;
  return {
    id,
    name,
    directoryPath,
    mimeType,
    sha256,
    sizeBytes,
    tags: [...trashed.tags],
    metadata,
    createdBy,
    createdAt: toTimeText(trashed.createdAt),
    updatedAt: toTimeText(trashed.updatedAt),
    deletedBy,
    deletedAt: toTimeText(trashed.deletedAt),
    expiresAt: toTimeText(trashed.expiresAt),
    deletionId: deletion?.id ?? null,
    deletedPath: deletion?.directoryPath ?? null,
  };
}

export function toPublicTrashPage({ items, nextCursor }: DomainPage<TrashedResource>): Page<PublicTrashed> {
  return { items: items.map(toPublicTrashed), nextCursor };
}

/** The page in snake_case. */
export function toRestTrashPage({ items, nextCursor }: DomainPage<TrashedResource>): z.output<typeof restTrashPage> {
  return toRestKeys({ items: items.map((trashed) => toRestKeys(toPublicTrashed(trashed))), nextCursor });
}
