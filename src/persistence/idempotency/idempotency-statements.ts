// The statements of idempotency keys. A row stands until `expires_at`: first the end of a claim's lease, later that of a
// result's life. After it anybody may claim the key, and the sweep removes the row.
import { type Expression, expressionBuilder, sql } from 'kysely';
import type { ClaimOutcome, KeyClaim } from '../../domain/caller/idempotency-keys.ts';
import type { RowOf } from '../database/database.ts';
import { type Bound, db, prepare, type Tables } from '../database/typed-sql.ts';
import { type KeptResource, toKeptResource } from './kept-resource.ts';

const inMs = (ms: Expression<number>) => sql<Date>`now() + ${ms}::float8 * interval '1 millisecond'`;

type Lease = KeyClaim & { readonly leaseMs: number };

/*
 * The insert waits for whoever holds the row and judges what is committed then, the second half sees only what the
 * statement's snapshot does. No row at all: somebody claimed the key in between. Where a result's content lies is told as
 * it is now, since a blob whose bytes were lost gets another place; the kept place only serves when the blob is gone.
 */
export const createClaimStatement = prepare('claim-key', ({ accountId, key, owner, leaseMs }: Bound<Lease>) =>
  db
    .with('claimed', (cte) =>
      cte
        .insertInto('idempotency_keys')
        .values({ account_id: accountId, key, owner, claimed_at: sql`now()`, expires_at: inMs(leaseMs) })
        .onConflict((conflict) =>
          conflict
            .columns(['account_id', 'key'])
            .doUpdateSet(({ ref }) => ({
              owner: ref('excluded.owner'),
              claimed_at: ref('excluded.claimed_at'),
              expires_at: ref('excluded.expires_at'),
              fingerprint: null,
              result: null,
              storage_bucket: null,
              storage_key: null,
            }))
            .where('idempotency_keys.expires_at', '<=', sql<Date>`now()`),
        )
        .returning('owner'),
    )
    .selectFrom('claimed')
    .select([
      sql<boolean>`true`.as('claimed'),
      sql<number | null>`null::float8`.as('running_ms'),
      sql<string | null>`null::text`.as('fingerprint'),
      sql<string | null>`null::text`.as('result'),
      sql<string | null>`null::text`.as('storage_bucket'),
      sql<string | null>`null::text`.as('storage_key'),
    ])
    .unionAll(({ selectFrom }) =>
      selectFrom('idempotency_keys')
        .leftJoinLateral(
          (eb) =>
            eb
              .selectFrom('blobs')
              .select(['blobs.storage_bucket', 'blobs.storage_key'])
              .where('blobs.account_id', '=', accountId)
              .where('blobs.sha256', '=', sql<string>`${eb.ref('idempotency_keys.result')} ->> 'sha256'`)
              .limit(1)
              .as('present'),
          (join) => join.onTrue(),
        )
        .select(({ fn, ref }) => [
          sql<boolean>`false`.as('claimed'),
          sql<number | null>`(extract(epoch from clock_timestamp() - ${ref('claimed_at')}) * 1000)::float8`.as(
            'running_ms',
          ),
          'fingerprint',
          sql<string | null>`${ref('result')}::text`.as('result'),
          fn.coalesce('present.storage_bucket', 'idempotency_keys.storage_bucket').as('storage_bucket'),
          fn.coalesce('present.storage_key', 'idempotency_keys.storage_key').as('storage_key'),
        ])
        .where('idempotency_keys.account_id', '=', accountId)
        .where('key', '=', key)
        .where((eb) => eb.not(eb.exists(eb.selectFrom('claimed').select('owner')))),
    ),
);

const row = expressionBuilder<Tables, 'idempotency_keys'>();

const isHeld = ({ accountId, key, owner }: Bound<KeyClaim>) =>
  row.and([
    row('account_id', '=', accountId),
    row('key', '=', key),
    row('owner', '=', owner),
    row('result', 'is', null),
  ]);

export const createRenewStatement = prepare('renew-key', (input: Bound<Lease>) =>
  db
    .updateTable('idempotency_keys')
    .set({ expires_at: inMs(input.leaseMs) })
    .where(isHeld(input)),
);

export const createReleaseStatement = prepare('release-key', (claim: Bound<KeyClaim>) =>
  db.deleteFrom('idempotency_keys').where(isHeld(claim)),
);

/** Bounded in rows and so in time; it waits for nobody. */
export const createRemoveExpiredStatement = prepare(
  'remove-expired-keys',
  ({ limit }: Bound<{ readonly limit: number }>) =>
    db
      .with(
        (cte) => cte('expired').materialized(),
        (cte) =>
          cte
            .selectFrom('idempotency_keys')
            .select(['account_id', 'key'])
            .where('expires_at', '<=', sql<Date>`now()`)
            .orderBy('expires_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
      )
      .with('removed', (cte) =>
        cte
          .deleteFrom('idempotency_keys')
          .using('expired')
          .whereRef('idempotency_keys.account_id', '=', 'expired.account_id')
          .whereRef('idempotency_keys.key', '=', 'expired.key')
          .returning('idempotency_keys.key'),
      )
      .selectFrom('removed')
      .select(sql<number>`count(*)::int`.as('removed')),
);

/** A result row of the claim. */
export function toClaimOutcome(row: RowOf<typeof createClaimStatement>): ClaimOutcome {
  if (row.claimed) return { kind: 'claimed' };
  if (row.result === null) return { kind: 'running', runningMs: row.running_ms ?? 0 };
  const kept = JSON.parse(row.result) as KeptResource;
  const [storageBucket, storageKey] = [row.storage_bucket as string, row.storage_key as string];
  const resource = toKeptResource({ ...kept, storageBucket, storageKey });
  return { kind: 'done', fingerprint: row.fingerprint as string, resource, outcome: kept.outcome ?? 'created' };
}
