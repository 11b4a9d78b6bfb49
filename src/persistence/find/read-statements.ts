// The statements that read, and what their rows mean to the domain.
import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely';
import type { BlobLocation } from '../../domain/content/blob-store.ts';
import type { JsonObject } from '../../domain/fields/labels.ts';
import type { Resource } from '../../domain/resource.ts';
import type { RowOf, Statement } from '../database/database.ts';
import { type Bound, db, type Operand, prepare, type Tables } from '../database/typed-sql.ts';

const { ref } = expressionBuilder<Tables, 'resources' | 'blobs'>();

/** Neither driver's own reading of a time is in play. In floating point, which `extract` is not, and whole again. */
export const toMs = (time: Expression<Date>) => sql<number>`round(date_part('epoch', ${time}) * 1000)`;
/** Nor of a number beyond 32 bits. */
export const toDigits = <Count extends number | null>(count: Expression<Count>) =>
  sql<Count extends number ? string : null>`${count}::text`;

const metadataText: Expression<string | null> = sql`${ref('resources.metadata')}::text`;

/** What `toResource` reads, from `resources` joined with `blobs`; all of one account. */
export function toResourceColumns(account: Operand<string>, metadata = metadataText) {
  const tags = db
    .selectFrom('resource_tags')
    .select('tag')
    .where('account_id', '=', account)
    .where('resource_id', '=', ref('resources.id'))
    .orderBy('position');
  return [
    'resources.id',
    'resources.account_id',
    'resources.name',
    'resources.directory_path',
    'resources.mime_type',
    'resources.original_uri',
    'resources.external_id',
    'resources.external_storage_type',
    sql<string | null>`${metadata}`.as('metadata'),
    'resources.created_by',
    'blobs.sha256',
    toDigits(ref('blobs.size_bytes')).as('size_bytes'),
    'blobs.storage_bucket',
    'blobs.storage_key',
    toMs(ref('resources.created_at')).as('created_ms'),
    toMs(ref('resources.updated_at')).as('updated_ms'),
    'resources.version',
    // An array of PostgreSQL's own would have to be parsed here letter by letter.
    sql<string>`array_to_json(array(${tags}))::text`.as('tags'),
  ] as const;
}

/** The account's resources, each with its blob. */
export function selectResources(accountId: Operand<string>, metadata?: Expression<string | null>) {
  return db
    .selectFrom('resources')
    .innerJoin('blobs', (join) =>
      join.onRef('blobs.account_id', '=', 'resources.account_id').onRef('blobs.id', '=', 'resources.blob_id'),
    )
    .select(toResourceColumns(accountId, metadata))
    .where('resources.account_id', '=', accountId);
}

/**
 * The id of what has this path: the first of the account's from there on, in the order of the one index that knows paths.
 * By equality alone the planner may take any index that begins with the account.
 */
export function selectIdAt({
  accountId,
  directoryPath,
  name,
}: { readonly [Part in keyof Place]: Operand<Place[Part]> }) {
  const nearest = db
    .selectFrom('resources')
    .select(['id', 'directory_path', 'name'])
    .where('account_id', '=', accountId)
    .where(sql<SqlBool>`(directory_path, name) >= (${directoryPath}, ${name})`)
    .orderBy('directory_path')
    .orderBy('name')
    .limit(sql.lit(1));
  return db
    .selectFrom(nearest.as('nearest'))
    .select('nearest.id')
    .where('nearest.directory_path', '=', directoryPath)
    .where('nearest.name', '=', name);
}

type Id = { readonly accountId: string; readonly id: string };
type Place = { readonly accountId: string; readonly directoryPath: string; readonly name: string };

export const createFindResourceStatement = prepare('find-resource', ({ accountId, id }: Bound<Id>) =>
  selectResources(accountId).where('resources.id', '=', id),
);

export const createFindByPathStatement = prepare('find-by-path', ({ accountId, directoryPath, name }: Bound<Place>) =>
  selectResources(accountId).where('resources.id', '=', selectIdAt({ accountId, directoryPath, name })),
);

export function createCheckStatement(): Statement {
  return { name: 'check', text: 'select 1', values: [] };
}

export function toBlobLocation(row: { storage_bucket: string; storage_key: string }): BlobLocation {
  return { bucket: row.storage_bucket, key: row.storage_key };
}

export type ResourceRow = RowOf<typeof createFindResourceStatement>;

export function toResource(row: ResourceRow): Resource {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    directoryPath: row.directory_path,
    mimeType: row.mime_type,
    sha256: row.sha256,
    originalUri: row.original_uri,
    externalId: row.external_id,
    externalStorageType: row.external_storage_type,
    storageBucket: row.storage_bucket,
    storageKey: row.storage_key,
    sizeBytes: Number(row.size_bytes),
    tags: row.tags === '[]' ? [] : (JSON.parse(row.tags) as string[]),
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as JsonObject),
    createdBy: row.created_by,
    createdAt: new Date(row.created_ms),
    updatedAt: new Date(row.updated_ms),
    version: row.version,
  };
}
