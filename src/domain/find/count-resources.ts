// Counts what fits a list's filter. It counts no further than a bound, so that a number beside a list costs little.
import { requireScope } from '../caller/principal.ts';
import type { ReadCall } from './list-resources.ts';
import { parseResourceFilter, type ResourceFilterInput } from './resource-filter.ts';

/** Nothing is counted beyond it. */
export const MAX_COUNT = 10_000;

export type ResourceCount = {
  readonly count: number;
  /** False: there are more than `count`. */
  readonly isExact: boolean;
};

/**
 * How many of the caller's resources fit, whatever page of them is read.
 * @throws GatewayError `forbidden`, `invalid_input`
 */
export async function countResources(
  input: ResourceFilterInput,
  { principal, repository, signal }: Omit<ReadCall, 'allowance'>,
): Promise<ResourceCount> {
  requireScope(principal, 'resources:read');
  const query = { accountId: principal.accountId, filter: parseResourceFilter(input), maxCount: MAX_COUNT + 1 };
  const count = await repository.count(query, { signal });
  return { count: Math.min(count, MAX_COUNT), isExact: count <= MAX_COUNT };
}
