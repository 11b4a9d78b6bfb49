// Lists and searches resources, a page at a time. It counts no pages: a cursor stays right while rows come and go.
import { type AnswerAllowance, MAX_PAGE_BYTES } from '../caller/answer-allowance.ts';
import { type Principal, requireScope } from '../caller/principal.ts';
import { invalidInput } from '../errors.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import type { ResourceReads } from './ports.ts';
import { parseResourceFilter, type ResourceFilterInput } from './resource-filter.ts';
import { parseSortCursor, type SortInput, toSort, toSortCursor } from './resource-sort.ts';

export const MAX_PAGE_SIZE = 200;
export const DEFAULT_PAGE_SIZE = 50;

/** Where a page begins and how much it holds. */
export type PageInput = {
  /** A previous page's; absent: from the beginning. */
  readonly cursor?: string | undefined;
  /** 1 to 200. */
  readonly limit?: number | undefined;
};

export type ListResourcesInput = ResourceFilterInput & SortInput & PageInput;

export type ResourcePage = {
  readonly resources: readonly Resource[];
  /** The cursor of the place after one of them. */
  cursorOf(resource: Resource): string;
  /** Null when nothing follows. */
  readonly nextCursor: string | null;
};

export type ReadCall = CallOptions & {
  readonly principal: Principal;
  readonly repository: ResourceReads;
  /** What the request may still be answered. */
  readonly allowance: AnswerAllowance;
};

/**
 * One page of the caller's resources. It ends early, with its cursor, when its records weigh as much as a page may.
 * @throws GatewayError `forbidden`, `invalid_input`
 */
export async function listResources(input: ListResourcesInput, call: ReadCall): Promise<ResourcePage> {
  const { principal, repository, allowance, signal } = call;
  requireScope(principal, 'resources:read');
  const sort = toSort(input);
  const limit = parseLimit(input);
  const filter = parseResourceFilter(input);
  const after = input.cursor === undefined ? null : parseSortCursor(input.cursor, sort);
  const query = { accountId: principal.accountId, filter, sort, after, maxCount: limit + 1 };
  const { resources: found, isCut } = await allowance.answer(MAX_PAGE_BYTES, async (maxBytes) => {
    const page = await repository.list({ ...query, maxBytes }, { signal });
    return { value: page, bytes: page.bytes };
  });
  const resources = found.slice(0, limit);
  const cursorOf = (resource: Resource): string => toSortCursor(resource, sort);
  const last = isCut || found.length > limit ? resources.at(-1) : undefined;
  return { resources, cursorOf, nextCursor: last === undefined ? null : cursorOf(last) };
}

/** @throws GatewayError `invalid_input` */
export function parseLimit({ limit = DEFAULT_PAGE_SIZE }: PageInput): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE_SIZE) return limit;
  throw invalidInput('limit', `must be a whole number from 1 to ${MAX_PAGE_SIZE}`);
}
