// How the tests of this folder ask an authenticator.
import { type Authenticator, openAuthenticator } from '../../../src/auth/authenticator.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { Issuer } from '../servers/issuer.ts';

/** An authenticator that trusts `issuer`; disposing it closes it. */
export async function openFor(issuer: Issuer, { accountClaim = 'account_id', maxStaleMs = 0 } = {}) {
  const { jwksUrl, url, audience } = issuer;
  const options = { kind: 'jwks', url: jwksUrl, issuer: url, audience, accountClaim, maxStaleMs } as const;
  return disposable(await openAuthenticator(options));
}

export function disposable(authenticator: Authenticator): Authenticator & AsyncDisposable {
  return { ...authenticator, [Symbol.asyncDispose]: () => authenticator.close() };
}

/** Why a call was refused: `code: message`. Fails when it was not refused, or not by us. */
export async function refusal(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('expected a refusal');
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
