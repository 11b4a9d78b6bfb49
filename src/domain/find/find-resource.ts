// Finding one resource, by its id or its place, never beyond the caller's account.

import { MAX_RECORD_BYTES, weigh } from '../caller/answer-allowance.ts';
import { requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import { parseDirectoryPath, parseName } from '../fields/names.ts';
import type { Resource } from '../resource.ts';
import type { ReadCall } from './list-resources.ts';

/** The exact place of a resource. */
export type Place = { readonly directoryPath: string; readonly name: string };

/** @throws GatewayError `forbidden`, `not_found`, which another account's resource is as well */
export async function findById(id: string, { principal, repository, allowance, signal }: ReadCall): Promise<Resource> {
  requireScope(principal, 'resources:read');
  const { accountId } = principal;
  const found = await allowance.answer(MAX_RECORD_BYTES, async () => {
    const value = isId(id) ? await repository.findById({ accountId, id }, { signal }) : null;
    return { value, bytes: weigh(value) };
  });
  if (found === null) throw new GatewayError('not_found', { id });
  return found;
}

/** @throws GatewayError `forbidden`, `invalid_input`, `not_found` */
export async function findByPath(
  place: Place,
  { principal, repository, allowance, signal }: ReadCall,
): Promise<Resource> {
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
