// Idempotency keys in PostgreSQL: claimed, renewed, freed and removed. Results are kept by the statement that inserts.
import type { IdempotencyKeys } from '../../domain/caller/idempotency-keys.ts';
import { untilFewer } from '../../domain/flow/pages.ts';
import type { Run } from '../database/database.ts';
import {
  createClaimStatement,
  createReleaseStatement,
  createRemoveExpiredStatement,
  createRenewStatement,
  toClaimOutcome,
} from './idempotency-statements.ts';

const PAGE_KEYS = 1_000;
/** Each further one means that the key was claimed and freed between two looks. */
const MAX_CLAIM_ATTEMPTS = 8;

/**
 * The keys over `run`; it owns nothing. A claim takes its turn within its account's share; what ends one never waits, since
 * the next request waits for it.
 */
export function createIdempotencyKeys(run: Run): IdempotencyKeys {
  return {
    async claimKey(claim, lease) {
      const { signal } = new AbortController();
      for (let attempt = 1; attempt <= MAX_CLAIM_ATTEMPTS; attempt += 1) {
        const [row] = await run(createClaimStatement({ ...claim, ...lease }), { signal, accountId: claim.accountId });
        if (row !== undefined) return toClaimOutcome(row);
      }
      return { kind: 'running', runningMs: 0 };
    },
    async renewKey(claim, { leaseMs, signal }) {
      await run(createRenewStatement({ ...claim, leaseMs }), { signal });
    },
    async releaseKey(claim, options) {
      await run(createReleaseStatement(claim), options);
    },
    removeExpiredKeys: (options) =>
      untilFewer(PAGE_KEYS, async () => {
        const [row] = await run(createRemoveExpiredStatement({ limit: PAGE_KEYS }), options);
        return row?.removed ?? 0;
      }),
  };
}
