// The statements of idempotency keys. A row stands until `expires_at`: first the end of a claim's lease, later that of a
// result's life. After it anybody may claim the key, and the sweep removes the row.
import type { ClaimOutcome, KeyClaim } from '../../domain/caller/idempotency-keys.ts';
import type { Resource } from '../../domain/resource.ts';
import type { Row, Statement } from '../database/database.ts';

const MS = `interval '1 millisecond'`;

/*
 * The insert waits for whoever holds the row and judges what is committed then, the second half sees only what the
 * statement's snapshot does. No row at all: somebody claimed the key in between. Where a result's content lies is told as
 * it is now, since a blob whose bytes were lost gets another place; the kept place only serves when the blob is gone.
 */
const CLAIM = `
with claimed as (
  insert into idempotency_keys (account_id, key, owner, claimed_at, expires_at)
  values ($1, $2, $3, now(), now() + $4::float8 * ${MS})
  on conflict (account_id, key) do update set owner = excluded.owner, claimed_at = excluded.claimed_at,
    expires_at = excluded.expires_at, fingerprint = null, result = null, storage_bucket = null, storage_key = null
  where idempotency_keys.expires_at <= now()
  returning owner
)
select true as claimed, null::float8 as running_ms, null::text as fingerprint, null::text as result,
  null::text as storage_bucket, null::text as storage_key
from claimed
union all
select false, (extract(epoch from clock_timestamp() - claimed_at) * 1000)::float8, fingerprint, result::text,
  coalesce(present.storage_bucket, idempotency_keys.storage_bucket),
  coalesce(present.storage_key, idempotency_keys.storage_key)
from idempotency_keys left join lateral (
  select blobs.storage_bucket, blobs.storage_key from blobs
  where blobs.account_id = $1 and blobs.sha256 = idempotency_keys.result ->> 'sha256' limit 1
) present on true
where idempotency_keys.account_id = $1 and key = $2 and not exists (select from claimed)`;

const HELD = `account_id = $1 and key = $2 and owner = $3 and result is null`;
const RENEW = `update idempotency_keys set expires_at = now() + $4::float8 * ${MS} where ${HELD}`;
const RELEASE = `delete from idempotency_keys where ${HELD}`;

const REMOVE_EXPIRED = `
with expired as materialized (
  select account_id, key from idempotency_keys where expires_at <= now() order by expires_at limit $1
  for update skip locked
), removed as (
  delete from idempotency_keys where (account_id, key) in (select account_id, key from expired) returning true
)
select count(*)::int as removed from removed`;

export function createClaimStatement(claim: KeyClaim, { leaseMs }: { readonly leaseMs: number }): Statement {
  return { name: 'claim-key', text: CLAIM, values: [...toValues(claim), leaseMs] };
}

export function createRenewStatement(claim: KeyClaim, { leaseMs }: { readonly leaseMs: number }): Statement {
  return { name: 'renew-key', text: RENEW, values: [...toValues(claim), leaseMs] };
}

export function createReleaseStatement(claim: KeyClaim): Statement {
  return { name: 'release-key', text: RELEASE, values: toValues(claim) };
}

/** Bounded in rows and so in time; it waits for nobody. */
export function createRemoveExpiredStatement({ limit }: { readonly limit: number }): Statement {
  return { name: 'remove-expired-keys', text: REMOVE_EXPIRED, values: [limit] };
}

const toValues = ({ accountId, key, owner }: KeyClaim) => [accountId, key, owner];

/** A result row of the claim. */
export function toClaimOutcome(row: Row): ClaimOutcome {
  if (row.claimed === true) return { kind: 'claimed' };
  if (row.result === null) return { kind: 'running', runningMs: row.running_ms as number };
  const kept = JSON.parse(row.result as string) as Kept;
  const resource = {
    ...kept,
    storageBucket: row.storage_bucket as string,
    storageKey: row.storage_key as string,
    createdAt: new Date(kept.createdAt),
    updatedAt: new Date(kept.updatedAt),
  };
  return { kind: 'done', fingerprint: row.fingerprint as string, resource };
}

/** A resource as JSON keeps it, but for where its content lies, which only the statement that stores it knows. */
type Kept = Omit<Resource, 'storageBucket' | 'storageKey' | 'createdAt' | 'updatedAt'> & {
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** The JSON text of a result; its fields are named one by one, since it outlives an upgrade. */
export function toKeptJson(resource: Omit<Resource, 'storageBucket' | 'storageKey'>): string {
  const kept: Kept = {
    id: resource.id,
    accountId: resource.accountId,
    name: resource.name,
    directoryPath: resource.directoryPath,
    mimeType: resource.mimeType,
    sha256: resource.sha256,
    originalUri: resource.originalUri,
    externalId: resource.externalId,
    externalStorageType: resource.externalStorageType,
    sizeBytes: resource.sizeBytes,
    tags: resource.tags,
    metadata: resource.metadata,
    createdBy: resource.createdBy,
    createdAt: resource.createdAt.toISOString(),
    updatedAt: resource.updatedAt.toISOString(),
  };
  return JSON.stringify(kept);
}
