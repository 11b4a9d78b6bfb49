// Tokens that have been verified, so that no signature is checked twice. An entry goes when its token expires.
import type { Principal } from '../domain/caller/principal.ts';

/** A caller together with the moment from which the token must be judged anew. */
export type Verified = { readonly principal: Principal; readonly expiresAtMs: number };

export type TokenCache = {
  /** The principal of a credential that is remembered and still lives. */
  find(credential: string): Principal | undefined;
  /** Judges a credential by `verify`. Calls that meet share one judgement; a refusal is not remembered. */
  verify(credential: string, verify: () => Promise<Verified>): Promise<Principal>;
  /** Forgets everything. */
  clear(): void;
};

/** Even a long-lived token is judged anew after this, so that one signed with a withdrawn key stops being accepted. */
const MAX_AGE_MS = 5 * 60_000;

/** A cache of at most `maxTokens` tokens. The least recently used half goes when it is full. */
export function createTokenCache({ maxTokens }: { maxTokens: number }): TokenCache {
  // Two generations instead of one ordered map: a hit then moves nothing, and the bound still holds.
  let young = new Map<string, Verified>();
  let old = new Map<string, Verified>();
  const running = new Map<string, Promise<Principal>>();

  const remember = (credential: string, verified: Verified) => {
    if (young.size >= maxTokens / 2) {
      old = young;
      young = new Map();
    }
    young.set(credential, verified);
  };

  const judge = async (credential: string, verify: () => Promise<Verified>) => {
    const { principal, expiresAtMs } = await verify();
    remember(credential, { principal, expiresAtMs: Math.min(expiresAtMs, Date.now() + MAX_AGE_MS) });
    return principal;
  };

  return {
    find(credential) {
      const recent = young.get(credential);
      const found = recent ?? old.get(credential);
      if (found === undefined || found.expiresAtMs <= Date.now()) return undefined;
      if (recent === undefined) {
        old.delete(credential);
        remember(credential, found);
      }
      return found.principal;
    },

    verify(credential, verify) {
      const shared = running.get(credential);
      if (shared !== undefined) return shared;
      const judged = judge(credential, verify).finally(() => running.delete(credential));
      running.set(credential, judged);
      return judged;
    },

    clear() {
      young = new Map();
      old = new Map();
    },
  };
}
