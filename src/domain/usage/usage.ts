// What an account uses and may use. It refuses what does not fit.
import type { Caller } from '../caller/caller.ts';
import { requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Quotas, Room, Usage, UsageRecords } from './ports.ts';

type Call = Pick<Caller, 'principal'> & CallOptions & { readonly repository: Pick<UsageRecords, 'findUsage'> };

/**
 * What the caller's account uses at this moment.
 * @throws GatewayError `forbidden`
 */
export async function findUsage(_input: Record<never, never>, { principal, repository, signal }: Call): Promise<Usage> {
  requireScope(principal, 'resources:read');
  return await repository.findUsage(principal.accountId, { signal });
}

/** Whether quotas, or what is left of them, leave everything open. */
export const isUnlimited = ({ bytes, resources }: Quotas | Room): boolean => bytes === null && resources === null;

/** Whether one resource of so many bytes fits. */
export function hasRoom({ bytes, resources }: Room, neededBytes: number): boolean {
  return (bytes === null || neededBytes <= Math.max(bytes, 0)) && (resources === null || resources >= 1);
}

/** The refusal of one resource, or of bytes alone, for which there is no room. Bytes are told first: all need them. */
export function quotaExceeded({ bytes, resources }: Room, neededBytes: number): GatewayError<'quota_exceeded'> {
  const left = Math.max(0, bytes ?? 0);
  const isShort = (bytes !== null && neededBytes > left) || resources === null;
  if (isShort) return new GatewayError('quota_exceeded', { what: 'bytes', left, needed: neededBytes });
  return new GatewayError('quota_exceeded', { what: 'resources', left: Math.max(0, resources), needed: 1 });
}

type Asking = CallOptions & { readonly accountId: string; readonly repository: Pick<UsageRecords, 'findRoom'> };

/** `resources`: 0 where the content may turn out to be for one that is there already, which the statement alone knows. */
export type Needed = { readonly bytes: number; readonly resources: 0 | 1 };

/**
 * Refuses what is known not to fit before it has arrived; what is stored is judged again, and then for certain.
 * @returns how many bytes there is room for; null: as many as it likes
 * @throws GatewayError `quota_exceeded`
 */
export async function requireRoom(needed: Needed, { accountId, repository, signal }: Asking): Promise<number | null> {
  const room = await repository.findRoom(accountId, { signal });
  const asked = needed.resources === 0 ? { ...room, resources: null } : room;
  if (!hasRoom(asked, needed.bytes)) throw quotaExceeded(asked, needed.bytes);
  return room.bytes;
}
