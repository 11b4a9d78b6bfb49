// What happens when a place is taken.
import type { Principal } from './caller/principal.ts';
import { GatewayError } from './errors.ts';

/** A place that is taken. */
export type TakenPlace = { readonly directoryPath: string; readonly name: string; readonly existingId: string };

/** The refusal for a place that is taken; only who may read learns by what. */
export function toConflict({ directoryPath, name, existingId }: TakenPlace, { scopes }: Principal) {
  const shownId = scopes.has('resources:read') ? existingId : null;
  return new GatewayError('conflict', { directoryPath, name, existingId: shownId });
}
