// The one statement that stores a group of records: resources, tags and blobs in one round trip and one commit.
import type { Quotas } from '../../domain/usage/ports.ts';
import type { Statement } from '../database/database.ts';
import { toCreatedDataText } from '../events/event-data.ts';
import type { LeaseRequest } from '../usage/quota-leases.ts';
import { ROOM_COLUMNS, toLimitedText, toQuotaText, toQuotaValues } from '../usage/quota-text.ts';
import {
  CONTENT_COLUMNS,
  EVENT_COLUMNS,
  type InsertColumn,
  type InsertRow,
  KEY_COLUMNS,
  POLICY_COLUMNS,
  RESOURCE_COLUMNS,
  UPLOAD_COLUMNS,
} from './insert-columns.ts';
import { CONSUME, EXISTING_ID, HELD, KEEP_RESULT, TAKEN } from './insert-texts.ts';
import { toPolicedText } from './policed-text.ts';

/** Only when some row carries a key, takes an upload, or may meet a quota: else the statement does not say how. */
type Kind = { readonly isKeyed: boolean; readonly isTaking: boolean; readonly isLimited: boolean };

const toColumns = ({ isKeyed, isTaking }: Omit<Kind, 'isLimited'>): readonly InsertColumn<string>[] => [
  ...RESOURCE_COLUMNS,
  ...CONTENT_COLUMNS,
  ...EVENT_COLUMNS,
  ...(isKeyed ? KEY_COLUMNS : []),
  ...(isTaking ? UPLOAD_COLUMNS : []),
];

/** What the event of a create tells. */
const CREATED = toCreatedDataText('placed.written', {
  bucket: 'coalesce(placed.known_bucket, registered.storage_bucket)',
  key: 'coalesce(placed.known_key, registered.storage_key)',
});

/*
 * Why in this order. Resources go first and blobs only for those that were created, so that a conflict leaves nothing
 * behind: neither a row nor a location whose bytes its caller is about to discard. Foreign keys are checked when the
 * statement ends, on what is committed by then; a blob that another statement registered or a sweep removed meanwhile
 * therefore ends this one with 23503, and a repeat sees the new state. All inserts go in the order of their unique
 * key, so that two statements never wait for each other in a ring. What is looked for by a unique key is the first
 * from that key on, in its order: equality alone fits every index that begins with the account, and of those that look equally
 * good, as all do while a table is empty and later where most accounts have one row, the planner takes any. The values are
 * selected before they are unnested so that the planner cannot see how many there are: otherwise it finds a plan for few rows
 * cheaper than one for any number, and plans anew each time.
 *
 * A claim is locked before anything is created under it, so that nobody takes it over meanwhile, and a release waits
 * for the outcome. The result is kept by an upsert that never inserts, since an upsert finds its row by the unique key
 * whatever the planner believes about the table's size.
 *
 * An upload is locked while it is complete, and consumed by the record that is created of it, in the same manner: of several
 * creates that name it one takes it, also when they are in two statements. Two in one statement would both find it complete,
 * so nobody lets them be.
 *
 * What an account may have is judged before anything is created of it, and kept from others until the commit; what was
 * created is counted by the table's own triggers. Most accounts may have anything: a group of such is asked for with a
 * statement that creates nothing when one of them turns out to have a quota, and costs a quarter less alone.
 */
function toText(kind: Kind): string {
  const columns = toColumns(kind);
  const listOf = (names: readonly { readonly name: string }[], prefix = '') =>
    names.map(({ name }) => `${prefix}${name}`).join(', ');
  const bound = columns.map(({ name, type }, index) => `$${index + 1}::${type}[] as ${name}`).join(', ');
  const next = columns.length + 1;
  const ifKeyed = (text: string) => (kind.isKeyed ? text : '');
  const ifTaking = (text: string) => (kind.isTaking ? text : '');
  const quotas = kind.isLimited ? toQuotaText({ isTaking: kind.isTaking, next: next + 4 }) : toLimitedText(next + 4);
  return `
with given as materialized (
  select ${bound},
    $${next + 1}::uuid[] as tag_resource_ids, $${next + 2}::smallint[] as tag_positions, $${next + 3}::text[] as tags
), input as materialized (
  select t.* from given cross join lateral unnest(${listOf(columns, 'given.')})
  with ordinality as t (${listOf(columns)}, row_no)
), ${ifKeyed(`${HELD}, `)}${ifTaking(`${TAKEN}, `)}${quotas}, placed as materialized (
  select input.*, known.storage_bucket as known_bucket, known.storage_key as known_key,
    coalesce(known.id, input.new_blob_id) as blob_id
  from input left join lateral (
    select id, sha256, storage_bucket, storage_key from blobs
    where blobs.account_id = input.account_id and blobs.sha256 >= input.sha256 order by blobs.sha256 limit 1
  ) known on known.sha256 = input.sha256
), created as (
  insert into resources (${listOf(RESOURCE_COLUMNS)}, blob_id, updated_at)
  select ${listOf(RESOURCE_COLUMNS)}, blob_id, created_at
  from placed where blob_id is not null${ifKeyed(` and (claim_key is null or row_no in (select row_no from held))`)}
    ${ifTaking(`and (upload_id is null or row_no in (select row_no from taken))`)}
    and ${kind.isLimited ? 'row_no not in (select row_no from refused)' : 'not (select is_limited from limited)'}
  order by account_id collate "C", directory_path collate "C", name collate "C", row_no
  on conflict (account_id, directory_path, name) do nothing
  returning id, account_id as tagged_account, created_at as tagged_at
), registered as (
  insert into blobs (account_id, id, sha256, size_bytes, storage_bucket, storage_key, content, created_at)
  select distinct on (account_id collate "C", sha256 collate "C") account_id, blob_id, sha256, size_bytes, new_bucket,
    new_key, substring($${next}::bytea from content_start for content_length), created_at
  from placed join created using (id) where known_key is null and new_key is not null
  order by account_id collate "C", sha256 collate "C", row_no
  on conflict (account_id, sha256) do nothing
  returning id, storage_bucket, storage_key
), tagged as (
  insert into resource_tags (account_id, resource_id, position, tag, created_at)
  select created.tagged_account, t.resource_id, t.position, t.tag, created.tagged_at
  from given cross join lateral unnest(tag_resource_ids, tag_positions, tags) as t (resource_id, position, tag)
  join created on created.id = t.resource_id
), told as (
  insert into events (account_id, type, subject, directory_path, data)
  select account_id, 'resource.created', placed.id, directory_path, ${CREATED}
  from placed join created using (id) left join registered on registered.id = placed.blob_id
)${ifKeyed(`, kept as (
  insert into idempotency_keys (account_id, key, owner, claimed_at, expires_at, fingerprint, result, storage_bucket,
    storage_key)
  select account_id, claim_key, claim_owner, now(), now() + ttl_ms * interval '1 millisecond', fingerprint, result,
    coalesce(known_bucket, registered.storage_bucket), coalesce(known_key, registered.storage_key)
  from placed join created using (id) left join registered on registered.id = placed.blob_id
  where claim_key is not null
  ${KEEP_RESULT}
)`)}${ifTaking(`, consumed as (
  insert into uploads (account_id, id, method, state, offset_bytes, storage_bucket, storage_key, resource_id, is_wanted,
    created_at, expires_at, due_at)
  select account_id, upload_id, 'resumable', 'consumed', 0, '', '', placed.id, false, created_at, created_at, created_at
  from placed join created using (id) where upload_id is not null
  order by account_id collate "C", upload_id
  ${CONSUME}
)`)}
select created.id is not null as created, placed.blob_id is null as blob_unknown,
  ${ifKeyed('placed.claim_key is not null and placed.row_no not in (select row_no from held) as claim_lost,')}
  ${ifTaking('placed.upload_id is not null and placed.row_no not in (select row_no from taken) as upload_taken,')}
  ${kind.isLimited ? ROOM_COLUMNS : '(select is_limited from limited) as is_limited'},
  coalesce(placed.known_bucket, registered.storage_bucket) as storage_bucket,
  coalesce(placed.known_key, registered.storage_key) as storage_key,
  case when created.id is null then ${EXISTING_ID} end as existing_id
from placed left join created on created.id = placed.id left join registered on registered.id = placed.blob_id
  ${kind.isLimited ? 'left join rooms on rooms.account_id = placed.account_id' : ''}
order by placed.row_no`;
}

type Prepared = {
  readonly name: string;
  readonly text: string;
  readonly columns: readonly InsertColumn<string>[];
};

const STATEMENTS: readonly (Prepared & Kind)[] = [
  { name: 'insert-resources', isKeyed: false, isTaking: false },
  { name: 'insert-resources-keyed', isKeyed: true, isTaking: false },
  { name: 'insert-resources-taking', isKeyed: false, isTaking: true },
  { name: 'insert-resources-keyed-taking', isKeyed: true, isTaking: true },
].flatMap((kind) => {
  const columns = toColumns(kind);
  return [false, true].map((isLimited) => ({
    ...kind,
    isLimited,
    name: isLimited ? `${kind.name}-limited` : kind.name,
    text: toText({ ...kind, isLimited }),
    columns,
  }));
});

/** When some row has another policy than to refuse. It looks at all tables. */
const POLICED: Prepared = {
  name: 'insert-resources-policed',
  columns: [...RESOURCE_COLUMNS, ...CONTENT_COLUMNS, ...KEY_COLUMNS, ...UPLOAD_COLUMNS, ...POLICY_COLUMNS],
  text: toPolicedText({
    resource: RESOURCE_COLUMNS,
    rest: [...CONTENT_COLUMNS, ...KEY_COLUMNS, ...UPLOAD_COLUMNS, ...POLICY_COLUMNS],
  }),
};

/** How the quotas of a group's accounts are kept. */
export type KeptLimits = { readonly quotas: Quotas; readonly requests: readonly LeaseRequest[] };

export type InsertOptions = {
  /** Whose rows they are, each once. */
  readonly accountIds: ReadonlySet<string>;
  /** Null: none of them has a quota, as far as is known. */
  readonly limits: KeptLimits | null;
};

/** The statement for `rows`. Rows that share a new content get one blob id between them. */
export function createInsertStatement(rows: readonly InsertRow[], { accountIds, limits }: InsertOptions): Statement {
  const contents = toContents(rows);
  const tags = rows.flatMap(({ resource: { id, tags } }) => tags.map((tag, position) => ({ id, position, tag })));
  const { name, text, columns } = chooseStatement(rows, limits !== null);
  return {
    name,
    text,
    values: [
      ...columns.map(({ value }) => contents.rows.map(({ row, content }) => value(row, content))),
      contents.bytes,
      tags.map(({ id }) => id),
      tags.map(({ position }) => position),
      tags.map(({ tag }) => tag),
      ...(limits === null ? [[...accountIds]] : toQuotaValues(limits.quotas, limits.requests)),
    ],
  };
}

/** Whether the rows need the statement that deals with everything, quotas among it. */
export function isPoliced(rows: readonly InsertRow[]): boolean {
  return rows.some(({ rule }) => rule.policy !== 'error');
}

function chooseStatement(rows: readonly InsertRow[], isLimited: boolean): Prepared {
  if (isPoliced(rows)) return POLICED;
  const isKeyed = rows.some(({ kept }) => kept !== null);
  const isTaking = rows.some(({ content }) => content.uploadId !== null);
  const statement = STATEMENTS.find(
    (one) => one.isKeyed === isKeyed && one.isTaking === isTaking && one.isLimited === isLimited,
  );
  if (statement === undefined) throw new Error('no statement inserts such rows');
  return statement;
}

/** Inline contents travel as one value, which the drivers send as it is; in an array each byte would become two. */
function toContents(rows: readonly InsertRow[]) {
  const idOfContent = new Map<string, string>();
  const pieces: Uint8Array[] = [];
  let bytesBefore = 0;

  const given = rows.map((row) => {
    const { resource, content, newBlobId } = row;
    if (content.offered === null) return { row, content: { blobId: null, start: null, length: null } };
    const key = `${content.sha256} ${resource.accountId}`;
    const blobId = idOfContent.get(key) ?? newBlobId;
    idOfContent.set(key, blobId);
    const { inline } = content.offered;
    if (inline === null) return { row, content: { blobId, start: null, length: null } };
    const start = bytesBefore + 1;
    pieces.push(inline);
    bytesBefore += inline.byteLength;
    return { row, content: { blobId, start, length: inline.byteLength } };
  });
  return { rows: given, bytes: Buffer.concat(pieces, bytesBefore) };
}
