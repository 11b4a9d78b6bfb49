// Finding resources by their ids, or one by its place, never beyond the caller's account.

import { MAX_RECORD_BYTES, weigh } from '../caller/answer-allowance.ts';
import { requireScope } from '../caller/principal.ts';
import type { Turns } from '../caller/turns.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import { parseDirectoryPath, parseName } from '../fields/names.ts';
import type { Resource } from '../resource.ts';
import type { ReadCall } from './list-resources.ts';

/** The exact place of a resource. */
export type Place = { readonly directoryPath: string; readonly name: string };

/** Each is a look-up of its own. */
export const MAX_IDS = 100;

/** @throws GatewayError `forbidden`, `not_found`, which another account's resource is as well */
export async function findById(id: string, call: ReadCall): Promise<Resource> {
  requireScope(call.principal, 'resources:read');
  const found = await lookUp(id, call);
  if (found === null) throw new GatewayError('not_found', { id });
  return found;
}

/**
 * Finds several; it takes its turns at the database itself.
 * @returns one for each id, in their order; null for what is not there, which another account's resource is as well
 * @throws GatewayError `forbidden`, `invalid_input` on more than 100 ids
 */
export async function findByIds(
  ids: readonly string[],
  call: ReadCall & { readonly turns: Turns },
): Promise<(Resource | null)[]> {
  requireScope(call.principal, 'resources:read');
  if (ids.length > MAX_IDS) throw invalidInput('ids', `must not hold more than ${MAX_IDS} ids; send several lists`);
  const looked = new Map<string, Promise<Resource | null>>();
  const look = (id: string) => {
    const known = looked.get(id) ?? call.turns.take(() => lookUp(id, call), call);
    looked.set(id, known);
    return known;
  };
  return await Promise.all(ids.map((id) => look(id.toLowerCase())));
}

async function lookUp(id: string, { principal, repository, allowance, signal }: ReadCall): Promise<Resource | null> {
  const { accountId } = principal;
  return await allowance.answer(MAX_RECORD_BYTES, async () => {
    const value = isId(id) ? await repository.findById({ accountId, id }, { signal }) : null;
    return { value, bytes: weigh(value) };
  });
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
