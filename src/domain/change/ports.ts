// What changing and deleting need from the records. Every method keeps to one account and is one transaction.

import type { TakenPlace } from '../conflict.ts';
import type { JsonObject } from '../fields/labels.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import type { ExpectedVersion } from './expected-version.ts';

/** New values; a field that is absent stays as it is. Everything in it has been checked. */
export type ResourceChange = {
  readonly name?: string;
  readonly directoryPath?: string;
  readonly tags?: readonly string[];
  /** Null clears it. */
  readonly metadata?: JsonObject | null;
};

export type UpdateOutcome =
  | { readonly kind: 'updated'; readonly resource: Resource }
  | { readonly kind: 'not_found' }
  /** It is there, in another version than the expected ones. */
  | { readonly kind: 'stale' }
  | ({ readonly kind: 'conflict' } & TakenPlace);

export type DeleteOutcome = { readonly kind: 'deleted'; readonly count: number } | { readonly kind: 'stale' };

export type MoveOutcome =
  /** `count` resources lie elsewhere now; 0: there was nothing in the directory. */
  | { readonly kind: 'moved'; readonly count: number }
  | ({ readonly kind: 'conflict' } & TakenPlace)
  /** A resource would have come to lie deeper than `maxPathBytes` allow. */
  | { readonly kind: 'path_too_long' };

/** A resource, and the versions of it that the call is meant for. */
export type VersionedId = { readonly accountId: string; readonly id: string; readonly expected: ExpectedVersion };

/** How records go: for good, or into the trash; and by whom. */
export type Deletion = { readonly isPermanent: boolean; readonly deletedAt: Date; readonly deletedBy: string | null };

/** `deletionId`: what is deleted with one is restored with one. */
export type DeleteDirectoryOptions = Deletion & { readonly maxCount: number; readonly deletionId: string };

/** A directory and all below it, named by its canonical path, which is not the root. */
export type DirectoryId = { readonly accountId: string; readonly directoryPath: string };

/**
 * Changes of records. Like an insert, none is aborted once it has begun, and when one rejects, it may or may not have
 * happened. `changedAt` becomes `updated_at`, or the millisecond after the previous one when that is not earlier.
 */
export type ResourceChanges = {
  update(resource: VersionedId, options: CallOptions & UpdateOptions): Promise<UpdateOutcome>;
  /**
   * Puts one record into the trash, or deletes it with its tags and versions. May be repeated: what is gone counts 0. Blobs
   * are left to the sweep.
   */
  delete(resource: VersionedId, options: CallOptions & Deletion): Promise<DeleteOutcome>;
  /** Deletes those of the records that are there and gives how many. May be repeated. */
  deleteMany(
    resources: { accountId: string; ids: readonly string[] },
    options: CallOptions & Deletion,
  ): Promise<number>;
  /** Deletes up to `maxCount` records of a directory and gives how many. May be repeated, until it gives fewer. */
  deleteDirectory(directory: DirectoryId, options: CallOptions & DeleteDirectoryOptions): Promise<number>;
  /** Gives a directory another path, all of it or nothing. What already lies under that path stays there. */
  moveDirectory(directory: DirectoryId, options: CallOptions & MoveOptions): Promise<MoveOutcome>;
};

type UpdateOptions = { readonly change: ResourceChange; readonly changedAt: Date };
type MoveOptions = { readonly to: string; readonly changedAt: Date; readonly maxPathBytes: number };
