// Safe retries: one request claims a key, the others get its result or wait. Nothing is done twice under one
// key, and to answer another input with the first one's result.
import { randomUUID } from 'node:crypto';
import { GatewayError, invalidInput } from '../errors.ts';
import type { Caller } from './caller.ts';
import type { Claim } from './claim.ts';
import type { IdempotencyKeys } from './idempotency-keys.ts';

const MAX_KEY_CHARACTERS = 255;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** A crash frees its keys after this long. */
const LEASE_MS = 45_000;
const RENEW_MS = 15_000;
/** A database that does not answer must not hold up the refusal that it caused; the lease runs out by itself. */
const RELEASE_TIMEOUT_MS = 2_000;
const MAX_RETRY_AFTER_S = 30;

/**
 * An idempotency key: 1–255 visible ASCII characters.
 * @throws GatewayError `invalid_input` on `Idempotency-Key`
 */
export function parseIdempotencyKey(key: string): string {
  if (key.length > MAX_KEY_CHARACTERS || !VISIBLE_ASCII.test(key)) {
    throw invalidInput('Idempotency-Key', `must be 1–${MAX_KEY_CHARACTERS} visible ASCII characters, without spaces`);
  }
  return key;
}

/** One request. Disposing it frees its key, unless a result is kept under that. */
export type Attempt = Caller & AsyncDisposable;

/**
 * Claims the caller's key before anything of the body is taken in, and keeps renewing the claim. Without a key it does
 * nothing, and neither does it for a caller who may not create.
 * @throws GatewayError `request_in_progress` when another request holds the key
 */
export async function openAttempt(
  caller: Caller,
  { keys, ttlMs }: { readonly keys: IdempotencyKeys; readonly ttlMs: number },
): Promise<Attempt> {
  const { idempotencyKey: key, principal } = caller;
  if (key === null || !principal.scopes.has('resources:write')) {
    return { ...caller, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const claim = { accountId: principal.accountId, key, owner: randomUUID() };
  const outcome = await keys.claimKey(claim, { leaseMs: LEASE_MS });
  if (outcome.kind === 'running') throw inProgress(outcome.runningMs);
  if (outcome.kind === 'done') {
    return { ...caller, takeClaim: createTaker(outcome), [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  let isStored = false;
  const onStored = () => {
    isStored = true;
  };
  const renewal = setInterval(() => {
    keys.renewKey(claim, { leaseMs: LEASE_MS, signal: AbortSignal.timeout(RENEW_MS) }).catch(() => {});
  }, RENEW_MS).unref();
  return {
    ...caller,
    takeClaim: createTaker({ kind: 'claimed', claim, ttlMs, onStored }),
    async [Symbol.asyncDispose]() {
      clearInterval(renewal);
      // Also after a failure whose effect is unknown: what was stored keeps its key, and what is being stored is waited for.
      if (!isStored) await keys.releaseKey(claim, { signal: AbortSignal.timeout(RELEASE_TIMEOUT_MS) }).catch(() => {});
    },
  };
}

/** A key covers one create: the second that asks for the claim is refused. */
function createTaker(claim: Claim): () => Claim {
  let isTaken = false;
  return () => {
    if (isTaken) throw invalidInput('Idempotency-Key', 'covers one create; send each create in a request of its own');
    isTaken = true;
    return claim;
  };
}

/** A repeat is to wait about as long again as the first request has been running. */
export function inProgress(runningMs: number): GatewayError<'request_in_progress'> {
  const retryAfterSeconds = Math.min(Math.max(Math.ceil(runningMs / 1000), 1), MAX_RETRY_AFTER_S);
  return new GatewayError('request_in_progress', { retryAfterSeconds });
}
