// The issuer's public keys, fetched when first needed and again when they change. Keys come from nowhere else.
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Public keys to verify with. Whoever opened it closes it. */
export type KeySet = {
  readonly keys: JWTVerifyGetKey;
  /** Rejects when there are no keys to verify with and none can be had. */
  check(): Promise<void>;
  /** How the keys at hand are doing. */
  state(): KeysState;
  /** Gives up a fetch that is still running. */
  close(): void;
};

/**
 * `ageMs`: since they were fetched; null when they never were. `isStale`: they are older than they should be, or none was
 * ever had, because the issuer's address gives none.
 */
export type KeysState = { readonly ageMs: number | null; readonly isStale: boolean };

/** One fetch of the keys, when it is over. */
export type KeysFetch = { readonly durationMs: number; readonly failed: boolean };

export type RemoteKeysOptions = {
  /** How long the last good keys serve on, beyond their age, while the issuer's address gives none. */
  readonly maxStaleMs: number;
  /** Takes each failed fetch and how long the keys at hand may still be used; null: there are none. */
  readonly onFetchFailed: (error: unknown, usableMs: number | null) => void;
  /** Takes every fetch, but one that closing gave up. */
  readonly onFetched: (fetched: KeysFetch) => void;
};

/** A withdrawn key is trusted this long after the last fetch, and then for the cached tokens' age on top. */
const MAX_AGE_MS = 5 * 60_000;
/**
 * An unknown `kid` makes the keys be fetched anew, but not sooner than this after the last fetch: anyone can invent a
 * `kid`. A token of a key published in that window is refused until the window ends.
 */
const COOL_DOWN_MS = 10_000;
/** The pause after each failed fetch doubles up to this, so that an issuer that struggles is not asked without end. */
const MAX_PAUSE_MS = 5 * 60_000;
const FETCH_TIMEOUT_MS = 5_000;

type Fetched = { readonly find: JWTVerifyGetKey; readonly atMs: number };

/** The key set (RFC 7517, section 5) under `url`. Concurrent needs share one fetch; redirects are not followed. */
export function openRemoteKeys(url: URL, { maxStaleMs, onFetchFailed, onFetched }: RemoteKeysOptions): KeySet {
  const closing = new AbortController();
  let last: Fetched | null = null;
  let failures = 0;
  let lastError: unknown;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let running: Promise<Fetched> | null = null;

  const usable = (): Fetched | null =>
    last !== null && Date.now() - last.atMs < MAX_AGE_MS + maxStaleMs ? last : null;
  const isFresh = ({ atMs }: Fetched) => Date.now() - atMs < MAX_AGE_MS;
  const pauseMs = () => (failures === 0 ? COOL_DOWN_MS : Math.min(COOL_DOWN_MS * 2 ** (failures - 1), MAX_PAUSE_MS));
  const mayAsk = () => Date.now() - askedAtMs >= pauseMs();

  async function refetch(): Promise<Fetched> {
    askedAtMs = Date.now();
    const startedMs = performance.now();
    const tell = (failed: boolean) => onFetched({ durationMs: performance.now() - startedMs, failed });
    try {
      last = { find: createLocalJWKSet(await fetchKeys(url, closing.signal)), atMs: Date.now() };
      failures = 0;
      tell(false);
      return last;
    } catch (error) {
      failures += 1;
      lastError = error;
      const at = usable();
      if (!closing.signal.aborted) {
        tell(true);
        onFetchFailed(error, at === null ? null : at.atMs + MAX_AGE_MS + maxStaleMs - Date.now());
      }
      throw error;
    }
  }

  const fetchOnce = (): Promise<Fetched> => {
    running ??= refetch().finally(() => {
      running = null;
    });
    return running;
  };

  /** Only the first caller after the keys' age waits for the issuer; while it stays away nobody waits any more. */
  async function current(): Promise<Fetched> {
    const known = usable();
    if (known === null) return await fetchOnce();
    if (isFresh(known)) return known;
    if (failures === 0) return await fetchOnce().catch(() => known);
    if (mayAsk()) fetchOnce().catch(() => {});
    return known;
  }

  const keys: JWTVerifyGetKey = async (header, token) => {
    const known = await current();
    try {
      return await find(known, header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(mayAsk() || running !== null)) throw error;
      const anew = await fetchOnce().catch(() => null);
      if (anew === null) throw error;
      return await find(anew, header, token);
    }
  };

  /** Anyone may ask for readiness, and must not make us ask an issuer that is away each time. */
  async function check(): Promise<void> {
    if (usable() === null && failures > 0 && Date.now() - askedAtMs < COOL_DOWN_MS) throw lastError;
    await current();
  }

  const state = (): KeysState => ({
    ageMs: last === null ? null : Date.now() - last.atMs,
    isStale: failures > 0 && (last === null || !isFresh(last)),
  });

  return { keys, check, state, close: () => closing.abort() };
}

/** A published key that cannot be read at all is as good as none. */
const find = async ({ find }: Fetched, ...asked: Parameters<JWTVerifyGetKey>) => {
  try {
    return await find(...asked);
  } catch (error) {
    throw error instanceof errors.JOSEError ? error : new errors.JWKSNoMatchingKey();
  }
};

async function fetchKeys(url: URL, closing: AbortSignal): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal: AbortSignal.any([AbortSignal.timeout(FETCH_TIMEOUT_MS), closing]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the issuer's key address answered ${response.status} instead of keys`);
  }
  return (await response.json()) as JSONWebKeySet;
}
