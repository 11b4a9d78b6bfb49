// The one statement that stores a group of records: resources, tags and blobs in one round trip and one commit.
import type { ContentRef, KeptResult, NewResource } from '../../domain/create/ports.ts';
import type { Row, Statement } from '../database/database.ts';
import { toResourceData } from '../events/event-data.ts';

/** A record on its way, with what the statement needs besides. */
export type InsertRow = {
  readonly resource: NewResource;
  readonly content: ContentRef;
  /** JSON text. It is made once, before grouping, so that what cannot be told as JSON fails alone. */
  readonly metadata: string | null;
  /** The id that its blob gets if the account has none with this sha256 yet. */
  readonly newBlobId: string;
  /** The claim that it is stored under, and what is to be kept under its key; `result` is JSON text. */
  readonly kept: (KeptResult & { readonly result: string }) | null;
};

/** What the statement says of one row; all null or false: someone whom its snapshot did not see was faster. */
export type InsertedRow = {
  readonly created: boolean;
  readonly blobUnknown: boolean;
  readonly claimLost: boolean;
  readonly storageBucket: string | null;
  readonly storageKey: string | null;
  readonly existingId: string | null;
};

/** What the event of a create tells. */
const CREATED = toResourceData({
  row: 'placed',
  sha256: 'placed.sha256',
  storageBucket: 'coalesce(placed.known_bucket, registered.storage_bucket)',
  storageKey: 'coalesce(placed.known_key, registered.storage_key)',
  tags: `coalesce(labels.tags, '[]')`,
  updatedAt: 'placed.created_at',
});

/*
 * Why in this order. Resources go first and blobs only for those that were created, so that a conflict leaves nothing
 * behind: neither a row nor a location whose bytes its caller is about to discard. Foreign keys are checked when the
 * statement ends, on what is committed by then; a blob that another statement registered or a sweep removed meanwhile
 * therefore ends this one with 23503, and a repeat sees the new state. Both inserts go in the order of their unique
 * key, so that two statements never wait for each other in a ring. Laterals with a limit keep a plan made while the
 * tables were empty from scanning them when they are full. The values are selected before they are unnested so that the
 * planner cannot see how many there are: otherwise it finds a plan for few rows cheaper than one for any number, and plans
 * anew each time.
 */
const toText = (keyed: KeyedParts) => `
with given as materialized (
  select $1::uuid[] as ids, $2::text[] as account_ids, $3::text[] as directory_paths, $4::text[] as names,
    $5::text[] as mime_types, $6::text[] as original_uris, $7::text[] as external_ids,
    $8::text[] as external_storage_types, $9::json[] as metadata, $10::text[] as created_by,
    $11::timestamptz[] as created_at, $12::text[] as sha256, $13::bigint[] as size_bytes, $14::uuid[] as new_blob_ids,
    $15::text[] as new_buckets, $16::text[] as new_keys, $17::int[] as content_starts, $18::int[] as content_lengths,
    $20::uuid[] as tag_resource_ids, $21::smallint[] as tag_positions, $22::text[] as tags${keyed.given}
), input as materialized (
  select t.* from given cross join lateral unnest(ids, account_ids, directory_paths, names, mime_types, original_uris,
    external_ids, external_storage_types, given.metadata, given.created_by, given.created_at, given.sha256,
    given.size_bytes, new_blob_ids, new_buckets, new_keys, content_starts, content_lengths${keyed.values})
  with ordinality as t (id, account_id, directory_path, name, mime_type, original_uri, external_id,
    external_storage_type, metadata, created_by, created_at, sha256, size_bytes, new_blob_id, new_bucket, new_key,
    content_start, content_length${keyed.columns}, row_no)
)${keyed.held}, placed as materialized (
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
  from placed where blob_id is not null${keyed.mayCreate}
  order by account_id collate "C", directory_path collate "C", name collate "C", row_no
  on conflict (account_id, directory_path, name) do nothing
  returning id, account_id as tagged_account, created_at as tagged_at
), registered as (
  insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, content, created_at)
  select distinct on (account_id collate "C", sha256 collate "C") blob_id, account_id, sha256, size_bytes, new_bucket,
    new_key, substring($19::bytea from content_start for content_length), created_at
  from placed join created using (id) where known_key is null and new_key is not null
  order by account_id collate "C", sha256 collate "C", row_no
  on conflict (account_id, sha256) do nothing
  returning id, storage_bucket, storage_key
), tagged as (
  insert into resource_tags (account_id, resource_id, position, tag, created_at)
  select created.tagged_account, t.resource_id, t.position, t.tag, created.tagged_at
  from given cross join lateral unnest(tag_resource_ids, tag_positions, tags) as t (resource_id, position, tag)
  join created on created.id = t.resource_id
  returning resource_id, position, tag
), told as (
  insert into events (account_id, type, subject, directory_path, data)
  select account_id, 'resource.created', placed.id, directory_path, ${CREATED}
  from placed join created using (id) left join registered on registered.id = placed.blob_id
  left join (
    select resource_id, json_agg(tag order by position) as tags from tagged group by resource_id
  ) labels on labels.resource_id = placed.id
)${keyed.kept}
select created.id is not null as created, placed.blob_id is null as blob_unknown,${keyed.answer}
  coalesce(placed.known_bucket, registered.storage_bucket) as storage_bucket,
  coalesce(placed.known_key, registered.storage_key) as storage_key,
  case when created.id is null then (
    select resources.id from resources where resources.account_id = placed.account_id
      and resources.directory_path = placed.directory_path and resources.name = placed.name limit 1
  ) end as existing_id
from placed left join created on created.id = placed.id left join registered on registered.id = placed.blob_id
order by placed.row_no`;

/** What the statement has besides when some row carries a key; without one it does not even look at the table. */
type KeyedParts = {
  readonly given: string;
  readonly values: string;
  readonly columns: string;
  readonly held: string;
  readonly mayCreate: string;
  readonly kept: string;
  readonly answer: string;
};

const NOTHING: KeyedParts = { given: '', values: '', columns: '', held: '', mayCreate: '', kept: '', answer: '' };

/*
 * A claim is locked before anything is created under it, so that nobody takes it over meanwhile, and a release waits
 * for the outcome. The result is kept by an upsert that never inserts, since an upsert finds its row by the unique key
 * whatever the planner believes about the table's size.
 */
const KEYED: KeyedParts = {
  given: `, $23::text[] as claim_keys, $24::uuid[] as claim_owners, $25::text[] as fingerprints,
    $26::json[] as results, $27::float8[] as ttls_ms`,
  values: ', claim_keys, claim_owners, fingerprints, results, ttls_ms',
  columns: ', claim_key, claim_owner, fingerprint, result, ttl_ms',
  held: `, held as materialized (
  select keyed.row_no from (
    select account_id, claim_key, claim_owner, row_no from input where claim_key is not null
    order by account_id collate "C", claim_key collate "C"
  ) keyed cross join lateral (
    select from idempotency_keys where idempotency_keys.account_id = keyed.account_id
      and idempotency_keys.key = keyed.claim_key and idempotency_keys.owner = keyed.claim_owner
      and idempotency_keys.result is null
    limit 1 for update
  ) row
)`,
  mayCreate: ` and (claim_key is null or row_no in (select row_no from held))`,
  kept: `, kept as (
  insert into idempotency_keys (account_id, key, owner, claimed_at, expires_at, fingerprint, result, storage_bucket,
    storage_key)
  select account_id, claim_key, claim_owner, now(), now() + ttl_ms * interval '1 millisecond', fingerprint, result,
    coalesce(known_bucket, registered.storage_bucket), coalesce(known_key, registered.storage_key)
  from placed join created using (id) left join registered on registered.id = placed.blob_id
  where claim_key is not null
  on conflict (account_id, key) do update set expires_at = excluded.expires_at, fingerprint = excluded.fingerprint,
    result = excluded.result, storage_bucket = excluded.storage_bucket, storage_key = excluded.storage_key
)`,
  answer: `
  placed.claim_key is not null and placed.row_no not in (select row_no from held) as claim_lost,`,
};

const TEXT = toText(NOTHING);
const KEYED_TEXT = toText(KEYED);

/** The statement for `rows`. Rows that share a new content get one blob id between them. */
export function createInsertStatement(rows: readonly InsertRow[]): Statement {
  const resources = rows.map(({ resource }) => resource);
  const blobs = toBlobColumns(rows);
  const tags = resources.flatMap(({ id, tags }) => tags.map((tag, position) => ({ id, position, tag })));
  const isKeyed = rows.some(({ kept }) => kept !== null);
  return {
    name: isKeyed ? 'insert-resources-keyed' : 'insert-resources',
    text: isKeyed ? KEYED_TEXT : TEXT,
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
      ...(isKeyed ? toKeyedColumns(rows) : []),
    ],
  };
}

function toKeyedColumns(rows: readonly InsertRow[]): readonly unknown[] {
  return [
    rows.map(({ kept }) => kept?.claim.key ?? null),
    rows.map(({ kept }) => kept?.claim.owner ?? null),
    rows.map(({ kept }) => kept?.fingerprint ?? null),
    rows.map(({ kept }) => kept?.result ?? null),
    rows.map(({ kept }) => kept?.ttlMs ?? null),
  ];
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
    claimLost: row.claim_lost === true,
    storageBucket: row.storage_bucket as string | null,
    storageKey: row.storage_key as string | null,
    existingId: row.existing_id as string | null,
  };
}
