// What finding needs from the records. Every method keeps to one account and changes nothing, so it may be repeated.
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import type { ResourceFilter } from './resource-filter.ts';
import type { ResourceSort, SortPosition } from './resource-sort.ts';

/** Up to `maxCount` of the resources that fit `filter`, in the order of `sort`, after the place `after`. */
export type ListQuery = {
  readonly accountId: string;
  readonly filter: ResourceFilter;
  readonly sort: ResourceSort;
  /** Null: from the beginning. */
  readonly after: SortPosition | null;
  readonly maxCount: number;
  /** The page ends with the first resource at which all so far weigh as much; so it has one, however heavy. */
  readonly maxBytes: number;
};

/** How many resources fit `filter`, of which no more than `maxCount` are counted. */
export type CountQuery = Pick<ListQuery, 'accountId' | 'filter' | 'maxCount'>;

export type ListedPage = {
  readonly resources: readonly Resource[];
  /** What they weigh, about. */
  readonly bytes: number;
  /** Whether `maxBytes` left some out that `maxCount` would not have. */
  readonly isCut: boolean;
};

/** Up to `maxCount` of the directories in the one at `path`, which is canonical, by name, after `afterName`. */
export type DirectoryQuery = {
  readonly accountId: string;
  readonly path: string;
  /** Null: from the beginning. */
  readonly afterName: string | null;
  readonly maxCount: number;
};

/** What a directory holds, all that lies deeper included. */
export type DirectoryTotals = { readonly resourceCount: number; readonly sizeBytes: number };

/** A directory without anything in it has no resources, no bytes and no children: it does not exist. */
export type DirectoryContents = DirectoryTotals & {
  readonly children: readonly (DirectoryTotals & { readonly name: string })[];
};

export type ResourceReads = {
  findById(resource: { accountId: string; id: string }, options: CallOptions): Promise<Resource | null>;
  findByPath(
    place: { accountId: string; directoryPath: string; name: string },
    options: CallOptions,
  ): Promise<Resource | null>;
  list(query: ListQuery, options: CallOptions): Promise<ListedPage>;
  count(query: CountQuery, options: CallOptions): Promise<number>;
  readDirectory(query: DirectoryQuery, options: CallOptions): Promise<DirectoryContents>;
};
