// What this process has leased of accounts' quotas: creates within a lease of their account do not wait for each other.
import { randomUUID } from 'node:crypto';

/** What a statement is about to add to an account. */
export type Need = { readonly bytes: number; readonly resources: number };

/** How a statement asks for an account: with a lease that is held, or for what is left and, perhaps, for a lease. */
export type LeaseRequest = {
  readonly accountId: string;
  readonly need: Need;
  readonly held: string | null;
  /** A lease that is too small by now. */
  readonly dropped: string | null;
  readonly wanted: string | null;
};

/** What the statement was told of the account, and what it has added. */
export type LeaseAnswer = { readonly isLost: boolean; readonly leased: Need | null; readonly added: Need };

export type QuotaLeases = {
  /** Takes what is needed off the account's lease, if that is large enough. Whoever asks settles. */
  ask(accountId: string, need: Need): LeaseRequest;
  /** Gives back what was not added, and keeps a new lease. Null: it is not known what became of the statement. */
  settle(request: LeaseRequest, answer: LeaseAnswer | null): void;
};

type Lease = { readonly id: string; bytes: number; resources: number };

/** Above so many accounts the lease that was got first is forgotten; the database ends it when its room is wanted. */
const MAX_LEASES = 10_000;

/** Nothing is leased yet. */
export function createQuotaLeases(): QuotaLeases {
  const leases = new Map<string, Lease>();
  /** Accounts for which a lease is on its way: one is enough. */
  const asking = new Set<string>();

  function keep(accountId: string, lease: Lease): void {
    leases.delete(accountId);
    leases.set(accountId, lease);
    if (leases.size <= MAX_LEASES) return;
    const [first] = leases.keys();
    if (first !== undefined) leases.delete(first);
  }

  return {
    ask(accountId, need) {
      const lease = leases.get(accountId);
      if (lease !== undefined && lease.bytes >= need.bytes && lease.resources >= need.resources) {
        lease.bytes -= need.bytes;
        lease.resources -= need.resources;
        return { accountId, need, held: lease.id, dropped: null, wanted: null };
      }
      leases.delete(accountId);
      const wanted = asking.has(accountId) ? null : randomUUID();
      if (wanted !== null) asking.add(accountId);
      return { accountId, need, held: null, dropped: lease?.id ?? null, wanted };
    },
    settle({ accountId, need, held, wanted }, answer) {
      if (wanted !== null) asking.delete(accountId);
      if (answer === null) return;
      const { isLost, leased, added } = answer;
      if (wanted !== null && leased !== null) keep(accountId, { id: wanted, ...leased });
      const lease = leases.get(accountId);
      if (held === null || lease?.id !== held) return;
      if (isLost) leases.delete(accountId);
      lease.bytes += need.bytes - added.bytes;
      lease.resources += need.resources - added.resources;
    },
  };
}
