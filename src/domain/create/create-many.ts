// Many creates in one call, each with its own outcome: one that is refused does not hold the others back.
import { MAX_CREATES_PER_REQUEST } from '../caller/allowance.ts';
import type { Caller } from '../caller/caller.ts';
import { requireScope } from '../caller/principal.ts';
import type { CreateResult } from '../conflict.ts';
import { GatewayError, invalidInput, toGatewayError } from '../errors.ts';
import type { Resource } from '../resource.ts';
import { type CreatePorts, type CreateResourceInput, createCounted } from './create-resource.ts';

/** What has become of one item. */
export type CreateOutcome =
  | { readonly kind: 'stored'; readonly resource: Resource; readonly result: CreateResult }
  | { readonly kind: 'refused'; readonly error: GatewayError };

/** Enough for their inserts to share a statement, few enough for remote fetches and stores. */
const MAX_CREATES_AT_ONCE = 16;

/**
 * Stores up to 100 resources; an item that a transport could not read stands as its refusal. Items begin in their order,
 * but which of two with one name wins is not promised.
 * @returns one outcome for each item, in their order
 * @throws GatewayError `forbidden`; `invalid_input` when there are none, or more than the request may still create
 */
export async function createMany(
  items: readonly (CreateResourceInput | GatewayError)[],
  call: CreatePorts & Caller,
): Promise<readonly CreateOutcome[]> {
  requireScope(call.principal, 'resources:write');
  if (call.idempotencyKey !== null) {
    throw invalidInput('Idempotency-Key', 'covers one create; send each create in a request of its own');
  }
  if (items.length === 0 || items.length > MAX_CREATES_PER_REQUEST) {
    throw invalidInput('items', `must hold 1–${MAX_CREATES_PER_REQUEST} resources`);
  }
  call.allowance.takeCreates(items.length);
  const outcomes: CreateOutcome[] = [];
  const waiting = items.entries();
  const work = async () => {
    for (const [index, item] of waiting) outcomes[index] = await createOne(item);
  };
  await Promise.all(Array.from({ length: MAX_CREATES_AT_ONCE }, work));
  return outcomes;

  async function createOne(item: CreateResourceInput | GatewayError): Promise<CreateOutcome> {
    if (item instanceof GatewayError) return { kind: 'refused', error: item };
    try {
      call.signal.throwIfAborted();
      const { resource, result } = await createCounted(item, { ...call, takeClaim: null });
      return { kind: 'stored', resource, result };
    } catch (thrown) {
      return { kind: 'refused', error: toGatewayError(thrown) };
    }
  }
}
