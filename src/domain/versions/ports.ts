// What versions need from the records. Every method keeps to one account, but those of the sweep.
import type { StoredContent } from '../download/ports.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import type { Room } from '../usage/ports.ts';

/** A content that a resource has or had; it never changes. */
export type Version = Pick<Resource, 'mimeType' | 'sha256' | 'sizeBytes' | 'originalUri' | 'createdBy'> & {
  /** Counted from 1. */
  readonly number: number;
  /** Since when the resource had it. */
  readonly createdAt: Date;
  /** Until when; null: it has it now. */
  readonly replacedAt: Date | null;
};

export type ResourceId = { readonly accountId: string; readonly id: string };
export type VersionId = ResourceId & { readonly number: number };

export type RestoreVersionOutcome =
  /** The resource has the content of that version, as a new one on top. */
  | { readonly kind: 'restored'; readonly resource: Resource }
  /** It has equal content already; nothing was changed. */
  | { readonly kind: 'kept'; readonly resource: Resource }
  /** The account has no room for another version of that size; nothing was changed. */
  | { readonly kind: 'no_room'; readonly room: Room; readonly sizeBytes: number }
  /** There is no such resource, or it has no such version any more. */
  | { readonly kind: 'not_found' };

export type VersionRecords = {
  /**
   * Up to `maxCount` versions of a resource below the number `before` (null: from the newest, which it has now), the newest
   * first. Empty when there is no such resource. May be repeated.
   */
  listVersions(
    query: ResourceId & { readonly before: number | null; readonly maxCount: number },
    options: CallOptions,
  ): Promise<readonly Version[]>;
  /** Where the content of a version is, or the content itself; null when there is no such version. May be repeated. */
  findVersionContent(version: VersionId, options: CallOptions): Promise<StoredContent | null>;
  /** Not aborted once it has begun; when it rejects, it may or may not have happened. */
  restoreVersion(
    version: VersionId,
    options: CallOptions & { readonly restoredAt: Date; readonly restoredBy: string | null },
  ): Promise<RestoreVersionOutcome>;
  /**
   * Removes earlier versions of all accounts that were replaced before `ttlMs` ago, or have `maxCount` newer ones that are
   * no longer current; gives how many. Their contents are left to the sweep. May be repeated, also by several at once.
   */
  thinVersions(options: CallOptions & { readonly ttlMs: number; readonly maxCount: number }): Promise<number>;
};
