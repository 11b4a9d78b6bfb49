// The orders in which resources can be listed, and the places in them that cursors hold.

import { invalidInput } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import type { Resource } from '../resource.ts';
import { createCursor, foreignCursor, parseCursor } from './cursor.ts';

export const SORT_KEYS = ['created', 'name', 'size'] as const;
export const SORT_ORDERS = ['asc', 'desc'] as const;

/** Equal keys are ordered by id, in the same direction. Names are ordered by their UTF-8 bytes. */
export type ResourceSort = {
  readonly by: (typeof SORT_KEYS)[number];
  readonly order: (typeof SORT_ORDERS)[number];
};

/** A place between two resources of a sorted list: right after the one with this key and id, whether or not it exists. */
export type SortPosition = {
  /** Milliseconds since 1970, a name, or bytes. */
  readonly key: string | number;
  readonly id: string;
};

/** Newest first when nothing is said; names and sizes begin with the least. */
export function toSort({ sort = 'created', order }: SortInput): ResourceSort {
  return { by: sort, order: order ?? (sort === 'created' ? 'desc' : 'asc') };
}

export type SortInput = {
  readonly sort?: ResourceSort['by'] | undefined;
  readonly order?: ResourceSort['order'] | undefined;
};

/** The cursor of the place after `resource`. */
export function toSortCursor(resource: Resource, { by, order }: ResourceSort): string {
  return createCursor([by, order, toKey[by](resource), resource.id]);
}

/**
 * The place that a cursor holds.
 * @throws GatewayError `invalid_input` on `cursor` when it is none of ours, or one of another order
 */
export function parseSortCursor(cursor: string, sort: ResourceSort): SortPosition {
  const [by, order, key, id, ...rest] = parseCursor(cursor);
  if (key === undefined || typeof id !== 'string' || !isId(id) || rest.length > 0) throw foreignCursor();
  if (by !== sort.by || order !== sort.order) {
    throw invalidInput('cursor', 'belongs to another order; send the sort and order with which it was given');
  }
  if (!isKey[sort.by](key)) throw foreignCursor();
  return { key, id };
}

/** The last millisecond of the year 9999, the last that RFC 3339 can say. */
export const LAST_MS = 253_402_300_799_999;

const toKey = {
  created: ({ createdAt }: Resource) => createdAt.getTime(),
  name: ({ name }: Resource) => name,
  size: ({ sizeBytes }: Resource) => sizeBytes,
} satisfies Record<ResourceSort['by'], unknown>;

const isKey = {
  created: (key) => isCount(key) && key <= LAST_MS,
  name: (key) => typeof key === 'string',
  size: isCount,
} satisfies Record<ResourceSort['by'], (key: string | number) => boolean>;

function isCount(key: string | number): key is number {
  return typeof key === 'number' && Number.isSafeInteger(key) && key >= 0;
}
