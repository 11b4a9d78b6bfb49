// The issuer's public keys, fetched when first needed and again when they change. It refuses keys from anywhere else.
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';

/** Public keys to verify with. Whoever opened it closes it. */
export type KeySet = {
  readonly keys: JWTVerifyGetKey;
  /** Gives up a fetch that is still running. */
  close(): void;
};

/** A withdrawn key is trusted this long after the last fetch, and then for the cached tokens' age on top. */
const MAX_AGE_MS = 5 * 60_000;
/**
 * An unknown `kid` makes the keys be fetched anew, but not sooner than this after the last fetch: anyone can invent a
 * `kid`. A token of a key published in that window is refused until the window ends.
 */
const COOL_DOWN_MS = 10_000;
const FETCH_TIMEOUT_MS = 5_000;

/** The key set (RFC 7517, section 5) under `url`. Concurrent needs share one fetch; redirects are not followed. */
export function openRemoteKeys(url: URL): KeySet {
  const closing = new AbortController();
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge: MAX_AGE_MS,
    cooldownDuration: COOL_DOWN_MS,
    timeoutDuration: FETCH_TIMEOUT_MS,
    [customFetch]: (address, init) =>
      fetch(address, { ...init, signal: AbortSignal.any([init.signal, closing.signal]) }),
  });
  return { keys, close: () => closing.abort() };
}
