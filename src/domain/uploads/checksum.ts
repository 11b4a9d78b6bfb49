// The checksum of one piece of an upload, for example of tus or of Content-Digest.
import { createHash } from 'node:crypto';
import { GatewayError } from '../errors.ts';

export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export type PieceChecksum = { readonly algorithm: ChecksumAlgorithm; readonly digest: Uint8Array };

/** Follows the bytes of a piece. */
export function createPieceCheck({ algorithm, digest }: PieceChecksum) {
  const hash = createHash(algorithm);
  return {
    update(bytes: Uint8Array): void {
      hash.update(bytes);
    },
    /** @throws GatewayError `checksum_mismatch` */
    verify(): void {
      if (!hash.digest().equals(digest)) throw new GatewayError('checksum_mismatch', { algorithm });
    },
  };
}
