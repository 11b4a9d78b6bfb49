// What the trash needs from the records. Every method keeps to one account, but that of the sweep.
import type { ConflictPolicy, CreateResult, TakenPlace } from '../conflict.ts';
import type { NumberedName } from '../fields/names.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';

/** A deleted resource. Where its content lies is nobody's business until it is restored. */
export type TrashedResource = Omit<Resource, 'storageBucket' | 'storageKey'> & {
  readonly deletedAt: Date;
  readonly deletedBy: string | null;
  /** When it goes for good. */
  readonly expiresAt: Date;
  /** The deletion of a directory that it went with, and that directory; null when it was deleted by itself. */
  readonly deletion: { readonly id: string; readonly directoryPath: string } | null;
};

/** The place of an item in the list: the last deleted first. */
export type TrashPosition = { readonly deletedMs: number; readonly id: string };

/** What is in the trash, as far as finding another place for it goes. */
export type TrashedPlace = {
  readonly id: string;
  readonly directoryPath: string;
  readonly name: string;
  /** The directory that was deleted with it. */
  readonly deletedPath: string | null;
};

/** Where one is to be. */
export type Restoration = { readonly id: string; readonly directoryPath: string; readonly name: string } & {
  readonly numbered: NumberedName;
};

export type RestoreOutcome = { readonly id: string } & (
  | { readonly kind: 'restored'; readonly result: CreateResult; readonly restoredId: string }
  /** Its place is taken; it stays in the trash. */
  | ({ readonly kind: 'conflict' } & TakenPlace)
  /** It is not in the trash any more, or nothing is restored since another one's place is taken. */
  | { readonly kind: 'left' }
);

/** What expired `ttlMs` after its deletion is not there. */
type Lasting = CallOptions & { readonly ttlMs: number };

export type ListedTrash = {
  readonly items: readonly TrashedResource[];
  /** About what they weigh in an answer. */
  readonly bytes: number;
  /** More would follow, but for `maxBytes`. */
  readonly isCut: boolean;
};

export type TrashRecords = {
  /**
   * Up to `maxCount` after a position, null: from the last deleted; of one deletion, or all. It ends early at the one whose
   * metadata reaches `maxBytes`. May be repeated.
   */
  listTrash(
    query: {
      readonly accountId: string;
      readonly deletionId: string | null;
      readonly after: TrashPosition | null;
      readonly maxCount: number;
      readonly maxBytes: number;
    },
    options: Lasting,
  ): Promise<ListedTrash>;
  /** Those of `ids`, or up to `maxCount` of a deletion after the id `afterId`, in the order of their ids. May be repeated. */
  findTrashed(
    query: { readonly accountId: string } & (
      | { readonly ids: readonly string[] }
      | { readonly deletionId: string; readonly afterId: string | null; readonly maxCount: number }
    ),
    options: Lasting,
  ): Promise<readonly TrashedPlace[]>;
  /**
   * Takes resources out of the trash, in one transaction. With `isWhole` all of them or none. Not aborted once it has begun;
   * when it rejects, it may or may not have happened.
   */
  restore(
    restorations: readonly Restoration[],
    options: CallOptions & {
      readonly accountId: string;
      readonly policy: ConflictPolicy;
      readonly isWhole: boolean;
      readonly restoredAt: Date;
      readonly restoredBy: string | null;
    },
  ): Promise<readonly RestoreOutcome[]>;
  /** Deletes one for good, or up to `maxCount`; gives how many. May be repeated, until it gives fewer. */
  purge(
    query: { readonly accountId: string; readonly id: string | null; readonly maxCount: number },
    options: CallOptions,
  ): Promise<number>;
  /** Deletes for good what was deleted `ttlMs` ago, of all accounts; gives how many. May be repeated, also by several at once. */
  expireTrash(options: Lasting): Promise<number>;
};
