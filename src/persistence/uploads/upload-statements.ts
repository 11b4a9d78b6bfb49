// The statements of uploads. A row is held by one request at a time: the holder's changes count, nobody else's do.
import type { ErrorCode } from '../../domain/errors.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { NewUpload, SaveOptions, UploadChange, UploadHold, UploadRef } from '../../domain/uploads/ports.ts';
import type { Upload } from '../../domain/uploads/upload.ts';
import type { Quotas } from '../../domain/usage/ports.ts';
import type { Row, Statement } from '../database/database.ts';

const MS = `interval '1 millisecond'`;
/** However often it is prolonged, an upload ends after so many of its lives. */
const MAX_LIVES = 7;

const COLUMNS = `uploads.id, uploads.account_id, uploads.created_by, uploads.method, uploads.state,
  uploads.size_bytes::text as size_bytes, uploads.offset_bytes::text as offset_bytes,
  uploads.part_size_bytes::text as part_size_bytes, uploads.expected_sha256, uploads.mime_type,
  uploads.resource::text as resource, uploads.sent_metadata, uploads.storage_bucket, uploads.storage_key,
  uploads.kept::text as kept, uploads.sha256, uploads.resource_id, uploads.error::text as error,
  uploads.holder is not null as is_held,
  (extract(epoch from uploads.created_at) * 1000)::float8 as created_ms,
  (extract(epoch from uploads.expires_at) * 1000)::float8 as expires_ms`;

/** Creates of one account wait for each other, so that none of them counts too few. */
const LOCK_ACCOUNT = `select pg_advisory_xact_lock(hashtextextended($1, 7071))`;

const CREATE = `
insert into uploads (account_id, id, created_by, method, state, size_bytes, offset_bytes, part_size_bytes,
  expected_sha256, mime_type, resource, sent_metadata, storage_bucket, storage_key, kept, is_wanted, created_at,
  expires_at, due_at)
select $1, $2, $3, $4, $5, $6::bigint, $7::bigint, $8::bigint, $9, $10, $11::json, $12, $13, $14, $15::json, false, now(),
  now() + $16::float8 * ${MS}, now() + least($17::float8, $16::float8) * ${MS}
from account_room($1, $19::bigint, $20::bigint, coalesce($6::bigint, 0), $21::int, null, null, null) as room
where (room.resources_left is null or room.resources_left >= $21::int or $21::int = 0)
  and (room.bytes_left is null or coalesce($6::bigint, 0) <= greatest(room.bytes_left, 0)) and (
  select count(*) from uploads
  where account_id = $1 and state in ('open', 'complete') and expires_at > now()
) < $18::int
returning ${COLUMNS}`;

const ONE = `uploads.account_id = $1 and uploads.id = $2`;

const FIND = `select ${COLUMNS} from uploads where ${ONE} and expires_at > now()`;

const LIST = `select ${COLUMNS} from uploads
where account_id = $1 and ($2::uuid is null or id < $2::uuid) and expires_at > now() order by id desc limit $3`;

/*
 * The row is locked before it is judged, so that of two that come at once one is told of the other. Whoever finds it held
 * leaves word that it is wanted.
 */
const HOLD = `
with found as materialized (
  select holder is null or held_until <= now() as is_free, holder is not null as was_held
  from uploads where ${ONE} and expires_at > now() for update
)
update uploads set holder = case when is_free then $3::uuid else holder end,
  held_until = case when is_free then now() + $4::float8 * ${MS} else held_until end, is_wanted = not is_free
from found where ${ONE}
returning ${COLUMNS}, found.is_free, found.was_held`;

const RENEW = `
update uploads set held_until = now() + $4::float8 * ${MS}
from unnest($1::text[], $2::uuid[], $3::uuid[]) as mine (account_id, id, holder)
where uploads.account_id = mine.account_id and uploads.id = mine.id and uploads.holder = mine.holder
returning uploads.holder, uploads.is_wanted`;

/** What the account has left is asked first: whoever asks next waits for it, and not for the row. */
const RESERVE = `
update uploads set reserved_bytes = greatest(reserved_bytes, $4::bigint)
from account_room($1, $5::bigint, $6::bigint, $4::bigint, 0, null, null, null) as room
where ${ONE} and holder = $3 and state = 'open' and (
  room.bytes_left is null
  or $4::bigint - reserved_by(state, reserved_bytes, size_bytes, offset_bytes) <= greatest(room.bytes_left, 0)
)
returning uploads.reserved_bytes`;

/** Of a life of null, no longer than before. */
const livesOn = (ttlMs: string) =>
  `greatest(expires_at, least(now() + ${ttlMs} * ${MS}, created_at + ${ttlMs} * ${MAX_LIVES} * ${MS}))`;
const LIVES_ON = livesOn('$14::float8');

const PROLONG = `
update uploads set expires_at = ${livesOn('$3::float8')} where ${ONE} and expires_at > now() returning ${COLUMNS}`;

const SAVE = `
update uploads set size_bytes = $4::bigint, offset_bytes = $5::bigint,
  reserved_bytes = case when $4::bigint is null then reserved_bytes else 0 end, kept = $6::json, storage_bucket = $7,
  storage_key = $8, state = $9, sha256 = $10, error = $11::json,
  holder = case when $12::boolean then null else holder end,
  held_until = case when $12::boolean then null else now() + $13::float8 * ${MS} end,
  is_wanted = is_wanted and not $12::boolean, expires_at = ${LIVES_ON},
  due_at = least(${LIVES_ON}, now() + $15::float8 * ${MS})
where ${ONE} and holder = $3
returning ${COLUMNS}`;

const IS_SHARED = `exists (
  select from blobs where blobs.account_id = $1 and blobs.storage_key = uploads.storage_key and blobs.content is null
) as is_shared`;

const REMOVE = `delete from uploads where ${ONE} and holder = $3 returning ${COLUMNS}, ${IS_SHARED}`;

const IS_LEFT = `(holder is null or held_until <= now())`;

const TAKE_DUE = `
with due as materialized (
  select account_id, id from uploads where due_at <= now() and ${IS_LEFT} order by due_at limit $1
  for update skip locked
)
update uploads set due_at = now() + $2::float8 * ${MS} from due
where uploads.account_id = due.account_id and uploads.id = due.id
returning ${COLUMNS}`;

const REMOVE_EXPIRED = `
delete from uploads where ${ONE} and expires_at <= now() and ${IS_LEFT} returning ${COLUMNS}, ${IS_SHARED}`;

const FIND_OPEN_KEYS = `select storage_key from uploads where storage_key = any($1::text[]) and state = 'open'`;

export function createCreateUploadStatements(
  upload: NewUpload,
  options: { readonly maxOpen: number; readonly ttlMs: number; readonly dueMs: number | null; readonly quotas: Quotas },
): readonly Statement[] {
  const values = [
    upload.accountId,
    upload.id,
    upload.createdBy,
    upload.method,
    upload.state,
    upload.sizeBytes,
    upload.offsetBytes,
    upload.partSizeBytes,
    upload.expectedSha256,
    upload.mimeType,
    toJson(upload.resource),
    upload.sentMetadata,
    upload.location.bucket,
    upload.location.key,
    toJson(upload.kept),
    options.ttlMs,
    options.dueMs,
    options.maxOpen,
    options.quotas.bytes,
    options.quotas.resources,
    upload.resourcesNeeded,
  ];
  return [
    { name: 'lock-uploads', text: LOCK_ACCOUNT, values: [upload.accountId] },
    { name: 'create-upload', text: CREATE, values },
  ];
}

export function createFindUploadStatement({ accountId, id }: UploadRef): Statement {
  return { name: 'find-upload', text: FIND, values: [accountId, id] };
}

export function createProlongStatement({ accountId, id }: UploadRef, { ttlMs }: { ttlMs: number }): Statement {
  return { name: 'prolong-upload', text: PROLONG, values: [accountId, id, ttlMs] };
}

export function createListUploadsStatement(query: {
  readonly accountId: string;
  readonly before: string | null;
  readonly maxCount: number;
}): Statement {
  return { name: 'list-uploads', text: LIST, values: [query.accountId, query.before, query.maxCount] };
}

export function createHoldStatement({ accountId, id, owner }: UploadHold, { leaseMs }: { leaseMs: number }): Statement {
  return { name: 'hold-upload', text: HOLD, values: [accountId, id, owner, leaseMs] };
}

export function createRenewStatement(holds: readonly UploadHold[], { leaseMs }: { leaseMs: number }): Statement {
  const columns = [holds.map(({ accountId }) => accountId), holds.map(({ id }) => id), holds.map(({ owner }) => owner)];
  return { name: 'renew-uploads', text: RENEW, values: [...columns, leaseMs] };
}

/** Gives no row when there is no room for it, or the hold is another's by now. */
export function createReserveStatement(
  { accountId, id, owner }: UploadHold,
  { bytes, quotas }: { readonly bytes: number; readonly quotas: Quotas },
): Statement {
  return {
    name: 'reserve-upload',
    text: RESERVE,
    values: [accountId, id, owner, bytes, quotas.bytes, quotas.resources],
  };
}

export function createSaveStatement(
  { accountId, id, owner }: UploadHold,
  { change, options }: { readonly change: UploadChange; readonly options: Omit<SaveOptions, keyof CallOptions> },
): Statement {
  const values = [
    accountId,
    id,
    owner,
    change.sizeBytes,
    change.offsetBytes,
    toJson(change.kept),
    change.location.bucket,
    change.location.key,
    change.state,
    change.sha256,
    toJson(change.error),
    options.release,
    options.leaseMs,
    options.ttlMs,
    options.dueMs,
  ];
  return { name: 'save-upload', text: SAVE, values };
}

export function createRemoveStatement({ accountId, id, owner }: UploadHold): Statement {
  return { name: 'remove-upload', text: REMOVE, values: [accountId, id, owner] };
}

export function createTakeDueStatement({ limit, againMs }: { limit: number; againMs: number }): Statement {
  return { name: 'take-due-uploads', text: TAKE_DUE, values: [limit, againMs] };
}

export function createRemoveExpiredStatement({ accountId, id }: UploadRef): Statement {
  return { name: 'remove-expired-upload', text: REMOVE_EXPIRED, values: [accountId, id] };
}

export function createOpenKeysStatement(keys: readonly string[]): Statement {
  return { name: 'find-open-keys', text: FIND_OPEN_KEYS, values: [keys] };
}

function toJson(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function fromJson<Value>(text: unknown): Value | null {
  return text === null ? null : (JSON.parse(text as string) as Value);
}

function toNumber(text: unknown): number | null {
  return text === null ? null : Number(text);
}

/** A row with `COLUMNS`. */
export function toUpload(row: Row): Upload {
  return {
    id: row.id as string,
    accountId: row.account_id as string,
    createdBy: row.created_by as string | null,
    method: row.method as Upload['method'],
    state: row.state as Upload['state'],
    sizeBytes: toNumber(row.size_bytes),
    offsetBytes: Number(row.offset_bytes),
    partSizeBytes: toNumber(row.part_size_bytes),
    expectedSha256: row.expected_sha256 as string | null,
    mimeType: row.mime_type as string | null,
    resource: fromJson<NonNullable<Upload['resource']>>(row.resource),
    sentMetadata: row.sent_metadata as string | null,
    location: { bucket: row.storage_bucket as string, key: row.storage_key as string },
    kept: fromJson<NonNullable<Upload['kept']>>(row.kept),
    sha256: row.sha256 as string | null,
    resourceId: row.resource_id as string | null,
    error: fromJson<{ code: ErrorCode; details: NonNullable<Upload['error']>['details'] }>(row.error),
    isHeld: row.is_held as boolean,
    createdAt: new Date(row.created_ms as number),
    expiresAt: new Date(row.expires_ms as number),
  };
}
