// What the sweep and the verification need from the records, of all accounts.
import type { BlobLocation } from '../content/blob-store.ts';
import type { CallOptions } from '../flow/stream.ts';

/** What tells a row from all others: ids are an account's own. */
export type RowKey = { readonly accountId: string; readonly id: string };

/** A blob's row without its bytes. */
export type BlobRecord = RowKey & { readonly location: BlobLocation; readonly sizeBytes: number };

/** A blob's row, with what PostgreSQL finds when it reads the bytes in it; null when they lie in the store. */
export type ListedBlob = BlobRecord & {
  readonly sha256: string;
  readonly inline: { readonly sha256: string; readonly sizeBytes: number } | null;
};

/** The next `limit` rows after `after`, in the order of their accounts and ids; null begins. */
export type PageOptions = { readonly after: RowKey | null; readonly limit: number };

/** What refers to a blob: a resource, one in the trash, or what a resource had earlier. */
export type BlobHolder = 'resource' | 'trash' | 'version';

/** A resource, and which of what it holds has lost its blob. */
export type WithoutBlob = RowKey & { readonly holders: readonly BlobHolder[] };

/** The blobs' rows of all accounts, for the sweep and the verification. Every call may be repeated. */
export type BlobCatalog = {
  /**
   * Looks at one page and gives those that no resource refers to, which were registered before `olderThan` and lie in
   * one of `buckets`; with `remove` their rows are gone when it resolves. A row that is being referred to meanwhile is
   * left alone, and so is one that another sweep holds. `next` is null after the last page.
   */
  findUnreferenced(
    page: PageOptions & { readonly olderThan: Date; readonly buckets: readonly string[]; readonly remove: boolean },
    options: CallOptions,
  ): Promise<{ readonly found: readonly BlobRecord[]; readonly next: RowKey | null }>;
  /** Those of `keys` that some row, a blob's or an upload's, names as the place of its bytes in a store. */
  findNamedKeys(keys: readonly string[], options: CallOptions): Promise<ReadonlySet<string>>;
  listBlobs(page: PageOptions, options: CallOptions): Promise<readonly ListedBlob[]>;
  /** Resources, also in the trash, that have or had a blob without a row, which foreign keys forbid; each once. */
  listWithoutBlob(page: PageOptions, options: CallOptions): Promise<readonly WithoutBlob[]>;
  countBlobs(options: CallOptions): Promise<{ readonly count: number; readonly sizeBytes: number }>;
};
