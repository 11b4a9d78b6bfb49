// Which accounts were seen to have a quota: the others' creates need not keep any.
import type { Quotas } from '../../domain/usage/ports.ts';

export type LimitedAccounts = {
  /** Whether one of them is known to have a quota. False is a guess, which the statement checks. */
  hasAny(accountIds: Iterable<string>): boolean;
  add(accountIds: Iterable<string>): void;
};

/** Above so many the account that was seen first is forgotten; so is one after a while, since quotas are lifted too. */
const MAX_ACCOUNTS = 10_000;
const KEPT_MS = 60_000;

/**
 * None was seen yet; with quotas for everybody, everybody has one.
 * @param now milliseconds of a clock that never goes back
 */
export function createLimitedAccounts(quotas: Quotas, now: () => number = () => performance.now()): LimitedAccounts {
  const seenMs = new Map<string, number>();
  const isEverybody = quotas.bytes !== null || quotas.resources !== null;
  return {
    hasAny(accountIds) {
      if (isEverybody) return true;
      if (seenMs.size === 0) return false;
      for (const accountId of accountIds) {
        if (now() - (seenMs.get(accountId) ?? Number.NEGATIVE_INFINITY) < KEPT_MS) return true;
      }
      return false;
    },
    add(accountIds) {
      for (const accountId of accountIds) {
        seenMs.delete(accountId);
        seenMs.set(accountId, now());
      }
      for (const accountId of seenMs.keys()) {
        if (seenMs.size <= MAX_ACCOUNTS) return;
        seenMs.delete(accountId);
      }
    },
  };
}
