// What usage needs from the records. Sums are those of one moment, and count what is committed by then.
import type { CallOptions } from '../flow/stream.ts';

/** Bytes are those that resources have, also where several share a blob. `limit` null: there is none. */
export type Usage = {
  readonly bytes: {
    /** Of the resources that are there. */
    readonly used: number;
    /** For uploads that have not ended. */
    readonly reserved: number;
    /** Of contents that resources had before. */
    readonly versions: number;
    readonly trash: number;
    readonly limit: number | null;
  };
  readonly resources: { readonly used: number; readonly trash: number; readonly limit: number | null };
};

/** What an account may have, unless it is set otherwise for it; null: as much as it likes. */
export type Quotas = { readonly bytes: number | null; readonly resources: number | null };

/** What is left of an account's quotas, which may be less than nothing; null where it has none. */
export type Room = { readonly bytes: number | null; readonly resources: number | null };

/** An account's own quotas. `undefined` is what all have, null as much as it likes. */
export type OwnQuotas = { readonly bytes?: number | null | undefined; readonly resources?: number | null | undefined };

/** What an account uses, as it is counted, and as its records say. */
export type Recount = { readonly accountId: string; readonly counted: Counts; readonly actual: Counts };

/** In the order in which people read them. */
export type Counts = {
  readonly resources: number;
  readonly bytes: number;
  readonly reservedBytes: number;
  readonly versionBytes: number;
  readonly trashedResources: number;
  readonly trashedBytes: number;
};

export type UsageRecords = {
  findUsage(accountId: string, options: CallOptions): Promise<Usage>;
  /** Waits for nobody; what is on its way may take of it, and a quota may be known only seconds after it was set. */
  findRoom(accountId: string, options: CallOptions): Promise<Room>;
};

/** All accounts, for an operator. */
export type AccountRecords = {
  /** Up to `limit` accounts that have anything or quotas of their own, after the given one; null: from the first. */
  listAccounts(
    page: { readonly after: string | null; readonly limit: number },
    options: CallOptions,
  ): Promise<readonly string[]>;
  findUsage(accountId: string, options: CallOptions): Promise<Usage>;
  /** Changes what is given, and leaves the rest; an account whose quotas are all the usual ones has none of its own. */
  setQuotas(accountId: string, quotas: OwnQuotas, options: CallOptions): Promise<void>;
  /** Counts anew, in one snapshot. With `correct` the counts are what was found. */
  recountUsage(
    account: { readonly accountId: string; readonly correct: boolean },
    options: CallOptions,
  ): Promise<Recount>;
};
