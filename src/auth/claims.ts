// What a verified token says about its bearer. It refuses claims that no record or log could hold.
import type { JWTPayload } from 'jose';
import type { Principal } from '../domain/caller/principal.ts';
import { unauthenticated } from './bearer.ts';

const MAX_ACCOUNT_BYTES = 255;
const MAX_SUBJECT_CHARACTERS = 255;

/**
 * The caller that a verified token's claims describe (`exp` is among them): the account from `accountClaim`, the subject from `sub` (null without it),
 * the scopes from `scope` (RFC 8693, section 4.2) or, without that, `scp`.
 * @throws GatewayError `unauthenticated`
 */
export function parseClaims(payload: JWTPayload, { accountClaim }: { accountClaim: string }): Principal {
  return Object.freeze({
    accountId: parseAccount(claim(payload, accountClaim), accountClaim),
    subject: parseSubject(claim(payload, 'sub')),
    scopes: parseScopes(payload),
    expiresAtMs: (payload.exp ?? 0) * 1000,
  });
}

/** A claim by its exact name; names such as "constructor" are no claims unless the token has them. */
function claim(payload: JWTPayload, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}

function parseAccount(value: unknown, name: string): string {
  const refuse = (what: string) =>
    unauthenticated(`the token's claim ${JSON.stringify(name)} ${what}; get a new token`);
  if (value === undefined) throw refuse('is missing, and it names the account');
  if (typeof value !== 'string' || value === '') throw refuse('must be a string that is not empty');
  if (Buffer.byteLength(value) > MAX_ACCOUNT_BYTES) throw refuse(`must not be longer than ${MAX_ACCOUNT_BYTES} bytes`);
  if (!value.isWellFormed() || /\p{Cc}/u.test(value)) {
    throw refuse('must not contain control characters or lone surrogates');
  }
  return value;
}

function parseSubject(value: unknown): string | null {
  const refuse = (what: string) => unauthenticated(`the token's claim "sub" ${what}; get a new token`);
  if (value === undefined) return null;
  if (typeof value !== 'string' || value === '') throw refuse('must be a string that is not empty');
  if ([...value].length > MAX_SUBJECT_CHARACTERS) {
    throw refuse(`must not be longer than ${MAX_SUBJECT_CHARACTERS} characters`);
  }
  if (!value.isWellFormed() || value.includes('\0')) throw refuse('must not contain NUL or lone surrogates');
  return value;
}

function parseScopes(payload: JWTPayload): ReadonlySet<string> {
  const scope = claim(payload, 'scope');
  if (scope !== undefined) return parseScopeText('scope', scope);
  const scp = claim(payload, 'scp');
  if (scp === undefined) return new Set();
  if (Array.isArray(scp) && scp.every((word) => typeof word === 'string')) return new Set(scp);
  return parseScopeText('scp', scp);
}

function parseScopeText(name: string, value: unknown): ReadonlySet<string> {
  if (typeof value === 'string') return new Set(value.split(' ').filter((word) => word !== ''));
  const form = name === 'scp' ? 'a list of strings' : 'one string of words separated by spaces';
  throw unauthenticated(`the token's claim "${name}" must be ${form}; get a new token`);
}
