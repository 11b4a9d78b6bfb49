// What an account uses and may use. It refuses what does not fit.
import type { Caller } from '../caller/caller.ts';
import { requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Room, Usage, UsageRecords } from './ports.ts';

type Call = Pick<Caller, 'principal'> & CallOptions & { readonly repository: Pick<UsageRecords, 'findUsage'> };

/**
 * What the caller's account uses at this moment.
 * @throws GatewayError `forbidden`
 */
export async function findUsage(_input: Record<never, never>, { principal, repository, signal }: Call): Promise<Usage> {
  requireScope(principal, 'resources:read');
  return await repository.findUsage(principal.accountId, { signal });
}

/** Whether one resource of so many bytes fits. */
export function hasRoom({ bytes, resources }: Room, neededBytes: number): boolean {
  return (bytes === null || neededBytes <= Math.max(bytes, 0)) && (resources === null || resources >= 1);
}

/** The refusal of one resource, or of bytes alone, for which there is no room. */
export function quotaExceeded({ bytes, resources }: Room, neededBytes: number): GatewayError<'quota_exceeded'> {
  const isFull = resources !== null && resources < 1;
  if (isFull) return new GatewayError('quota_exceeded', { what: 'resources', left: Math.max(0, resources), needed: 1 });
  return new GatewayError('quota_exceeded', { what: 'bytes', left: Math.max(0, bytes ?? 0), needed: neededBytes });
}

type Asking = CallOptions & { readonly accountId: string; readonly repository: Pick<UsageRecords, 'findRoom'> };

/**
 * Refuses what is known not to fit before it has arrived; what is stored is judged again, and then for certain.
 * @returns how many bytes there is room for; null: as many as it likes
 * @throws GatewayError `quota_exceeded`
 */
export async function requireRoom(
  neededBytes: number,
  { accountId, repository, signal }: Asking,
): Promise<number | null> {
  const room = await repository.findRoom(accountId, { signal });
  if (!hasRoom(room, neededBytes)) throw quotaExceeded(room, neededBytes);
  return room.bytes;
}
