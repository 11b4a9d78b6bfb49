// Addresses that stand for a caller for a short while: signed when asked for, verified when used. It refuses what is not
// of our making, was changed, or has expired.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../errors.ts';

/** A permission to read the content of one resource, whoever holds it. */
export type DownloadLink = {
  readonly id: string;
  readonly accountId: string;
  /** When it stops to hold, in seconds since 1970. */
  readonly expiresSeconds: number;
  /** HMAC-SHA256 in base64url. */
  readonly signature: string;
};

export type DownloadLinks = {
  /** A link that holds until `expiresAt`, cut to whole seconds. */
  sign(target: { id: string; accountId: string; expiresAt: Date }): DownloadLink;
  /** @throws GatewayError `forbidden` when the link is not ours or has expired */
  requireValid(link: DownloadLink): void;
};

/** How many bytes the secret has that gateways share to verify each other's links. */
export const DOWNLOAD_SECRET_BYTES = 32;

/** Signs and verifies with `secret`, at the time that `now` gives. */
export function createDownloadLinks(secret: Uint8Array, { now }: { now: () => Date }): DownloadLinks {
  // The account comes last: it alone may hold any character. The first line keeps the secret to this one purpose.
  const signatureOf = ({ id, accountId, expiresSeconds }: Omit<DownloadLink, 'signature'>) =>
    createHmac('sha256', secret)
      .update(`download-link 1\n${id.toLowerCase()}\n${expiresSeconds}\n${accountId}`)
      .digest('base64url');

  return {
    sign({ id, accountId, expiresAt }) {
      const link = { id, accountId, expiresSeconds: Math.floor(expiresAt.getTime() / 1000) };
      return { ...link, signature: signatureOf(link) };
    },
    requireValid(link) {
      // As text: two spellings of one base64url value exist, and only ours is to pass.
      if (!isEqual(link.signature, signatureOf(link))) {
        throw forbidden('this address was changed or is not one of ours; ask for a new downloadUrl');
      }
      if (link.expiresSeconds * 1000 <= now().getTime()) {
        throw forbidden('this address has expired; ask for a new downloadUrl');
      }
    },
  };
}

/** In a time that tells nothing of where they differ. */
function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function forbidden(reason: string): GatewayError<'forbidden'> {
  return new GatewayError('forbidden', { reason });
}
