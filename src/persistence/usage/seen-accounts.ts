// Accounts that were seen with a quota, or without one, a while ago: what is then not asked of the database again.

export type SeenAccounts = {
  hasAny(accountIds: Iterable<string>): boolean;
  add(accountIds: Iterable<string>): void;
  forget(accountId: string): void;
};

export type SeenAccountsOptions = {
  /** How long one is remembered: quotas are set and lifted by other processes. */
  readonly keptMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
};

/** Above so many the account that was seen first is forgotten. */
const MAX_ACCOUNTS = 10_000;

/** None was seen yet. */
export function createSeenAccounts({ keptMs, now = () => performance.now() }: SeenAccountsOptions): SeenAccounts {
  const seenMs = new Map<string, number>();
  return {
    hasAny(accountIds) {
      if (seenMs.size === 0) return false;
      for (const accountId of accountIds) {
        if (now() - (seenMs.get(accountId) ?? Number.NEGATIVE_INFINITY) < keptMs) return true;
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
    forget: (accountId) => seenMs.delete(accountId),
  };
}
