// Proof of content: what a caller says its sha256 is, and what it turns out to be. It refuses any other content.
import { GatewayError, invalidInput } from '../errors.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * A sha256 in hex, of either case.
 * @returns it in lower case
 * @throws GatewayError `invalid_input` on `expectedSha256`
 */
export function parseExpectedSha256(text: string): string {
  const lower = text.toLowerCase();
  if (!SHA256.test(lower)) throw invalidInput('expectedSha256', 'must be a sha256 in hex: 64 digits');
  return lower;
}

/** @throws GatewayError `digest_mismatch` when a digest is expected and `actual` is another; both in lower-case hex */
export function requireSha256(actual: string, { expected }: { readonly expected: string | null }): void {
  if (expected !== null && expected !== actual) throw new GatewayError('digest_mismatch', { expected, actual });
}
