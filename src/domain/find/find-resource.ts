// The part of the service that finds; see each function for its rules. It never looks beyond the caller's account.

import { MAX_RECORD_BYTES, weigh } from '../caller/answer-allowance.ts';
import type { Caller } from '../caller/caller.ts';
import { requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import { parseDirectoryPath, parseName } from '../fields/names.ts';
import type { Resource } from '../resource.ts';
import { countResources, type ResourceCount } from './count-resources.ts';
import { type ListResourcesInput, listResources, type ReadCall, type ResourcePage } from './list-resources.ts';
import type { ResourceReads } from './ports.ts';
import { type DirectoryPage, type ReadDirectoryInput, readDirectory } from './read-directory.ts';
import type { ResourceFilterInput } from './resource-filter.ts';

/** The exact place of a resource. */
export type Place = { readonly directoryPath: string; readonly name: string };

export type Reads = {
  /** @throws GatewayError `forbidden`, `invalid_input`, `not_found` */
  byPath(place: Place, caller: Caller): Promise<Resource>;
  /** One page of a list or search; see `listResources`. */
  list(input: ListResourcesInput, caller: Caller): Promise<ResourcePage>;
  /** How many fit a list's filter, up to a bound; see `countResources`. */
  count(input: ResourceFilterInput, caller: Caller): Promise<ResourceCount>;
  /** A directory and those in it; see `readDirectory`. */
  directory(input: ReadDirectoryInput, caller: Caller): Promise<DirectoryPage>;
};

/** The operations over the given records; they do not own them. */
export function createReads({ repository }: { readonly repository: ResourceReads }): Reads {
  const toCall = ({ principal, allowance, signal }: Caller): ReadCall => ({ principal, repository, allowance, signal });
  return {
    byPath: (place, caller) => caller.turns.take(() => findByPath(place, toCall(caller)), caller),
    list: (input, caller) => caller.turns.take(() => listResources(input, toCall(caller)), caller),
    count: (input, caller) => caller.turns.take(() => countResources(input, toCall(caller)), caller),
    directory: (input, caller) => caller.turns.take(() => readDirectory(input, toCall(caller)), caller),
  };
}

async function findByPath(place: Place, { principal, repository, allowance, signal }: ReadCall): Promise<Resource> {
  requireScope(principal, 'resources:read');
  const directoryPath = parseDirectoryPath(place.directoryPath);
  const name = parseName(place.name);
  const found = await allowance.answer(MAX_RECORD_BYTES, async () => {
    const place = { accountId: principal.accountId, directoryPath, name };
    const value = await repository.findByPath(place, { signal });
    return { value, bytes: weigh(value) };
  });
  if (found === null) throw new GatewayError('not_found', { directoryPath, name });
  return found;
}
