// Deleting by id: into the trash, or for good. Only records go: their bytes may belong to others, and the sweep removes what nobody refers to.

import { type Principal, requireScope } from '../caller/principal.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import type { CallOptions } from '../flow/stream.ts';
import { parseExpectedVersion } from './expected-version.ts';
import type { Deletion, ResourceChanges } from './ports.ts';

export const MAX_DELETES = 100;

type Call = CallOptions & {
  readonly principal: Principal;
  readonly repository: ResourceChanges;
  readonly limits: { readonly trashTtlMs: number };
};

/** Which resource; with `ifMatch` only in that version (see `parseExpectedVersion`). */
export type DeleteResourceInput = { readonly id: string; readonly ifMatch: string | undefined } & Permanence;

/** `permanent`: past the trash. */
export type Permanence = { readonly permanent?: boolean | undefined };

/** How what is deleted now goes, and by whom. Without a trash everything goes for good. */
export function toDeletion(
  { permanent = false }: Permanence,
  { principal, limits }: Pick<Call, 'principal' | 'limits'>,
): Deletion {
  return {
    isPermanent: permanent || limits.trashTtlMs === 0,
    deletedAt: new Date(),
    deletedBy: principal.subject,
  };
}

/**
 * Deletes the resource with this id from the caller's account, into the trash unless it is to go for good.
 * @returns false when there was none, which is no error: a repeat is harmless
 * @throws GatewayError `forbidden`, `invalid_input`, `precondition_failed`
 */
export async function deleteResource({ id, ifMatch, permanent }: DeleteResourceInput, call: Call): Promise<boolean> {
  requireScope(call.principal, 'resources:delete');
  const expected = parseExpectedVersion(ifMatch);
  if (!isId(id)) return false;
  const { accountId } = call.principal;
  const outcome = await call.repository.delete(
    { accountId, id, expected },
    { ...toDeletion({ permanent }, call), signal: call.signal },
  );
  if (outcome.kind === 'stale') throw new GatewayError('precondition_failed', { id });
  return outcome.count === 1;
}

/**
 * Deletes those of the resources that the caller's account has, all in one transaction.
 * @returns how many there were
 * @throws GatewayError `forbidden`, `invalid_input` on more than 100 ids
 */
export async function deleteResources(
  { ids, permanent }: { readonly ids: readonly string[] } & Permanence,
  call: Call,
): Promise<number> {
  requireScope(call.principal, 'resources:delete');
  if (ids.length > MAX_DELETES)
    throw invalidInput('ids', `must not hold more than ${MAX_DELETES} ids; send several lists`);
  const known = ids.filter(isId);
  if (known.length === 0) return 0;
  const { accountId } = call.principal;
  const deletion = toDeletion({ permanent }, call);
  return await call.repository.deleteMany({ accountId, ids: known }, { ...deletion, signal: call.signal });
}
