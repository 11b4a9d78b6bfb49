// Tokens signed with the development key, as an issuer would give them. It refuses to sign what would not be accepted.
import { importJWK, type JWTPayload, SignJWT } from 'jose';
import { parseClaims } from './claims.ts';
import type { DevelopmentKey } from './development-key.ts';
import type { TokenRules } from './verify-token.ts';

export type DevelopmentTokenOptions = TokenRules & {
  readonly accountClaim: string;
  readonly account: string;
  /** Null: a token without `sub`. */
  readonly subject: string | null;
  /** Words separated by spaces. */
  readonly scope: string;
  readonly ttlSeconds: number;
};

/**
 * A signed JWT for the given caller, valid from now for `ttlSeconds`.
 * @throws GatewayError `unauthenticated` when the account or the subject break the rules for claims
 */
export async function signDevelopmentToken(key: DevelopmentKey, options: DevelopmentTokenOptions): Promise<string> {
  const { issuer, audience, accountClaim, account, subject, scope, ttlSeconds } = options;
  // The account comes last: with AUTH_ACCOUNT_CLAIM=sub the subject is the account.
  const payload: JWTPayload = { ...(subject === null ? {} : { sub: subject }), scope, [accountClaim]: account };
  parseClaims(payload, { accountClaim });
  const issuedAtSeconds = Math.floor(Date.now() / 1000);
  return await new SignJWT(payload)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + ttlSeconds)
    .sign(await importJWK(key, key.alg));
}
