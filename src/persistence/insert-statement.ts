// The one statement that stores a group of records: resources, tags and blobs in one round trip and one commit.
import type { ContentRef, NewResource } from '../domain/ports.ts';
import type { Row, Statement } from './database.ts';

/** A record on its way, with what the statement needs besides. */
export type InsertRow = {
  readonly resource: NewResource;
  readonly content: ContentRef;
  /** JSON text. It is made once, before grouping, so that what cannot be told as JSON fails alone. */
  readonly metadata: string | null;
  /** The id that its blob gets if the account has none with this sha256 yet. */
  readonly newBlobId: string;
};

/** What the statement says of one row; all null or false: someone whom its snapshot did not see was faster. */
export type InsertedRow = {
  readonly created: boolean;
  readonly blobUnknown: boolean;
  readonly storageBucket: string | null;
  readonly storageKey: string | null;
  readonly existingId: string | null;
};

/*
 * Why in this order. Resources go first and blobs only for those that were created, so that a conflict leaves nothing
 * behind: neither a row nor a location whose bytes its caller is about to discard. Foreign keys are checked when the
 * statement ends, on what is committed by then; a blob that another statement registered or a sweep removed meanwhile
 * therefore ends this one with 23503, and a repeat sees the new state. Both inserts go in the order of their unique
 * key, so that two statements never wait for each other in a ring. Laterals with a limit keep a plan made while the
 * tables were empty from scanning them when they are full.
 */
const TEXT = `
with input as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::json[], $10::text[], $11::timestamptz[], $12::text[], $13::bigint[], $14::uuid[], $15::text[], $16::text[],
    $17::int[], $18::int[])
  with ordinality as t (id, account_id, directory_path, name, mime_type, original_uri, external_id,
    external_storage_type, metadata, created_by, created_at, sha256, size_bytes, new_blob_id, new_bucket, new_key,
    content_start, content_length, row_no)
), placed as materialized (
  select input.*, known.storage_bucket as known_bucket, known.storage_key as known_key,
    coalesce(known.id, input.new_blob_id) as blob_id
  from input left join lateral (
    select id, storage_bucket, storage_key from blobs
    where blobs.account_id = input.account_id and blobs.sha256 = input.sha256 limit 1
  ) known on true
), created as (
  insert into resources (id, account_id, directory_path, name, mime_type, size_bytes, blob_id, original_uri,
    external_id, external_storage_type, metadata, created_by, created_at, updated_at)
  select id, account_id, directory_path, name, mime_type, size_bytes, blob_id, original_uri,
    external_id, external_storage_type, metadata, created_by, created_at, created_at
  from placed where blob_id is not null
  order by account_id collate "C", directory_path collate "C", name collate "C", row_no
  on conflict (account_id, directory_path, name) do nothing
  returning id
), registered as (
  insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, content, created_at)
  select distinct on (account_id collate "C", sha256 collate "C") blob_id, account_id, sha256, size_bytes, new_bucket,
    new_key, substring($19::bytea from content_start for content_length), created_at
  from placed join created using (id) where known_key is null and new_key is not null
  order by account_id collate "C", sha256 collate "C", row_no
  on conflict (account_id, sha256) do nothing
  returning id, storage_bucket, storage_key
), tagged as (
  insert into resource_tags (resource_id, position, tag)
  select t.resource_id, t.position, t.tag
  from unnest($20::uuid[], $21::smallint[], $22::text[]) as t (resource_id, position, tag)
  join created on created.id = t.resource_id
)
select created.id is not null as created, placed.blob_id is null as blob_unknown,
  coalesce(placed.known_bucket, registered.storage_bucket) as storage_bucket,
  coalesce(placed.known_key, registered.storage_key) as storage_key,
  case when created.id is null then (
    select resources.id from resources where resources.account_id = placed.account_id
      and resources.directory_path = placed.directory_path and resources.name = placed.name limit 1
  ) end as existing_id
from placed left join created on created.id = placed.id left join registered on registered.id = placed.blob_id
order by placed.row_no`;

/** The statement for `rows`. Rows that share a new content get one blob id between them. */
export function createInsertStatement(rows: readonly InsertRow[]): Statement {
  const resources = rows.map(({ resource }) => resource);
  const blobs = toBlobColumns(rows);
  const tags = resources.flatMap(({ id, tags }) => tags.map((tag, position) => ({ id, position, tag })));
  return {
    name: 'insert-resources',
    text: TEXT,
    values: [
      resources.map(({ id }) => id),
      resources.map(({ accountId }) => accountId),
      resources.map(({ directoryPath }) => directoryPath),
      resources.map(({ name }) => name),
      resources.map(({ mimeType }) => mimeType),
      resources.map(({ originalUri }) => originalUri),
      resources.map(({ externalId }) => externalId),
      resources.map(({ externalStorageType }) => externalStorageType),
      rows.map(({ metadata }) => metadata),
      resources.map(({ createdBy }) => createdBy),
      resources.map(({ createdAt }) => createdAt.toISOString()),
      rows.map(({ content }) => content.sha256),
      rows.map(({ content }) => content.sizeBytes),
      blobs.ids,
      rows.map(({ content }) => content.offered?.location.bucket ?? null),
      rows.map(({ content }) => content.offered?.location.key ?? null),
      blobs.starts,
      blobs.lengths,
      blobs.bytes,
      tags.map(({ id }) => id),
      tags.map(({ position }) => position),
      tags.map(({ tag }) => tag),
    ],
  };
}

/** Inline contents travel as one value, which the drivers send as it is; in an array each byte would become two. */
function toBlobColumns(rows: readonly InsertRow[]) {
  const idOfContent = new Map<string, string>();
  const pieces: Uint8Array[] = [];
  const starts: (number | null)[] = [];
  const lengths: (number | null)[] = [];
  let bytesBefore = 0;

  const ids = rows.map(({ resource, content, newBlobId }) => {
    const inline = content.offered?.inline ?? null;
    starts.push(inline === null ? null : bytesBefore + 1);
    lengths.push(inline === null ? null : inline.byteLength);
    if (inline !== null) {
      pieces.push(inline);
      bytesBefore += inline.byteLength;
    }
    if (content.offered === null) return null;
    const key = `${content.sha256} ${resource.accountId}`;
    const id = idOfContent.get(key) ?? newBlobId;
    idOfContent.set(key, id);
    return id;
  });
  return { ids, starts, lengths, bytes: Buffer.concat(pieces, bytesBefore) };
}

/** A result row of the statement. */
export function toInsertedRow(row: Row): InsertedRow {
  return {
    created: row.created === true,
    blobUnknown: row.blob_unknown === true,
    storageBucket: row.storage_bucket as string | null,
    storageKey: row.storage_key as string | null,
    existingId: row.existing_id as string | null,
  };
}
