// The statements that read, and what their rows mean to the domain.

import type { BlobLocation } from '../../domain/content/blob-store.ts';
import type { JsonObject } from '../../domain/fields/labels.ts';
import type { ExternalStorageType, Resource } from '../../domain/resource.ts';
import type { Row, Statement } from '../database/database.ts';

const FIND_BLOB = `select storage_bucket, storage_key from blobs where account_id = $1 and sha256 = $2`;

/**
 * What `toResource` reads, from `resources` joined with `blobs`. Times as milliseconds and sizes as text: neither
 * driver's own reading of them is then in play. `account` is the bind parameter that has the account's id.
 */
export const toResourceColumns = (account: string) => `
  resources.id, resources.account_id, resources.name, resources.directory_path, resources.mime_type,
  resources.original_uri, resources.external_id, resources.external_storage_type, resources.metadata::text as metadata,
  resources.created_by, blobs.sha256, blobs.size_bytes::text as size_bytes, blobs.storage_bucket, blobs.storage_key,
  (extract(epoch from resources.created_at) * 1000)::float8 as created_ms,
  (extract(epoch from resources.updated_at) * 1000)::float8 as updated_ms,
  array(
    select tag from resource_tags where account_id = ${account} and resource_id = resources.id order by position
  ) as tags`;

/**
 * What of a page is sent. Lengths are those of the text, since what is stored may be compressed, and are judged here, so
 * that nothing heavier is ever fetched. `page`: a relation's name, or a select in parentheses.
 */
export function toWeighed(page: string, { column, order, maxBytes }: Record<'column' | 'order' | 'maxBytes', string>) {
  return `(
  select * from (
    select *, count(*) over () as page_count, sum(octet_length(metadata::text)) over (
      order by ${column} ${order}, id ${order} rows between unbounded preceding and 1 preceding
    ) as bytes_before from ${page} as page_rows
  ) as weighed where bytes_before is null or bytes_before < ${maxBytes}
)`;
}

/** Beside `toResourceColumns`, of what `toWeighed` gives. */
export const PAGE_COLUMNS = `resources.page_count::int as page_count`;

const OF_ACCOUNT = `select ${toResourceColumns('$1')}
from resources join blobs on blobs.account_id = resources.account_id and blobs.id = resources.blob_id
where resources.account_id = $1`;

const FIND_RESOURCE = `${OF_ACCOUNT} and resources.id = $2`;

const FIND_BY_PATH = `${OF_ACCOUNT} and resources.directory_path = $2 and resources.name = $3`;

export function createFindBlobStatement(blob: { accountId: string; sha256: string }): Statement {
  return { name: 'find-blob', text: FIND_BLOB, values: [blob.accountId, blob.sha256] };
}

export function createFindResourceStatement(resource: { accountId: string; id: string }): Statement {
  return { name: 'find-resource', text: FIND_RESOURCE, values: [resource.accountId, resource.id] };
}

export function createFindByPathStatement(place: {
  accountId: string;
  directoryPath: string;
  name: string;
}): Statement {
  return { name: 'find-by-path', text: FIND_BY_PATH, values: [place.accountId, place.directoryPath, place.name] };
}

export function createCheckStatement(): Statement {
  return { name: 'check', text: 'select 1', values: [] };
}

export function toBlobLocation(row: Row): BlobLocation {
  return { bucket: row.storage_bucket as string, key: row.storage_key as string };
}

/** The casts rest on the schema: each column's type and nullability are what the migrations made. */
export function toResource(row: Row): Resource {
  return {
    id: row.id as string,
    accountId: row.account_id as string,
    name: row.name as string,
    directoryPath: row.directory_path as string,
    mimeType: row.mime_type as string,
    sha256: row.sha256 as string,
    originalUri: row.original_uri as string | null,
    externalId: row.external_id as string | null,
    externalStorageType: row.external_storage_type as ExternalStorageType | null,
    storageBucket: row.storage_bucket as string,
    storageKey: row.storage_key as string,
    sizeBytes: Number(row.size_bytes),
    tags: row.tags as string[],
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata as string) as JsonObject),
    createdBy: row.created_by as string | null,
    createdAt: new Date(row.created_ms as number),
    updatedAt: new Date(row.updated_ms as number),
  };
}
