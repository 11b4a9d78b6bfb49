// From an Authorization header to the caller it stands for. It looks at nothing else of a request.
import { createLocalJWKSet } from 'jose';
import type { Principal } from '../domain/caller/principal.ts';
import { parseBearer } from './bearer.ts';
import { parseClaims } from './claims.ts';
import { openDevelopmentKey, toPublicKey } from './development-key.ts';
import { type KeySet, type KeysState, openRemoteKeys, type RemoteKeysOptions } from './jwks.ts';
import { createTokenCache, type Verified } from './token-cache.ts';
import { type TokenRules, verifyToken } from './verify-token.ts';

type Rules = TokenRules & {
  /** The claim that names the account. */
  readonly accountClaim: string;
};

/** Whose tokens are accepted: an issuer's, by the keys it publishes, or those of the key made under `dataDir`. */
export type AuthenticatorOptions =
  | (Rules & { readonly kind: 'jwks'; readonly url: URL; readonly maxStaleMs: number })
  | (Rules & { readonly kind: 'development'; readonly dataDir: string });

export type Authenticator = {
  /**
   * The caller behind the value of an Authorization header: at once when its token is known, else as a promise.
   * A refusal is always a rejection: GatewayError `unauthenticated`, or `internal` when the issuer cannot be reached.
   */
  authenticate(authorization: string | undefined): Principal | Promise<Principal>;
  /** Rejects when there are no keys to judge a token by and none can be had. */
  check(): Promise<void>;
  /** How the issuer's keys at hand are doing. */
  keysState(): KeysState;
  /** Gives up what is running and forgets every token. */
  close(): Promise<void>;
};

/** What is told of the fetching of an issuer's keys. */
export type KeysWatch = Partial<Pick<RemoteKeysOptions, 'onFetchFailed' | 'onFetched'>>;

/** At most 16 MiB should every token be as long as a header may be. */
const MAX_CACHED_TOKENS = 2048;

/**
 * An authenticator; whoever opened it closes it. The issuer is asked for its keys with the first token, not here, so a
 * start does not depend on it.
 * @throws Error when the development key cannot be made or read
 */
export async function openAuthenticator(options: AuthenticatorOptions, watch: KeysWatch = {}): Promise<Authenticator> {
  const keySet = await openKeySet(options, watch);
  const cache = createTokenCache({ maxTokens: MAX_CACHED_TOKENS });

  const verify = async (authorization: string): Promise<Verified> => {
    const payload = await verifyToken(parseBearer(authorization), { ...options, keys: keySet.keys });
    const principal = parseClaims(payload, options);
    return { principal, expiresAtMs: principal.expiresAtMs };
  };

  return {
    // The whole header is the key: a known token then costs one look-up and is not even cut out.
    authenticate: (authorization = '') =>
      cache.find(authorization) ?? cache.verify(authorization, () => verify(authorization)),

    check: keySet.check,
    keysState: keySet.state,

    async close() {
      keySet.close();
      cache.clear();
    },
  };
}

async function openKeySet(
  options: AuthenticatorOptions,
  { onFetchFailed = () => {}, onFetched = () => {} }: KeysWatch,
): Promise<KeySet> {
  if (options.kind === 'jwks') return openRemoteKeys(options.url, { ...options, onFetchFailed, onFetched });
  const key = await openDevelopmentKey(options.dataDir);
  return {
    keys: createLocalJWKSet({ keys: [toPublicKey(key)] }),
    check: async () => {},
    state: () => ({ ageMs: null, isStale: false }),
    close: () => {},
  };
}
