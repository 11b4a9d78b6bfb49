// The bytes of a content as its record promises them. It refuses to give the last piece of a whole content before all
// of it has proved to be what was stored.
import { createHash } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import type { ByteStream } from '../flow/stream.ts';

/** A whole content whose bytes are not those that were stored. */
export type Damage = {
  readonly resourceId: string;
  readonly accountId: string;
  /** Where the bytes came from. */
  readonly bucket: string;
  readonly key: string;
  /** Of the record. */
  readonly expectedSha256: string;
  /** Of what was read. */
  readonly actualSha256: string;
};

/** What the bytes have to be; `sha256` is null for a part, which has no digest to compare with. */
export type Expected = { readonly sizeBytes: number; readonly sha256: string | null };

/**
 * Gives `bytes` on. Fewer bytes than an answer promised would leave its reader waiting, and more would be read as the
 * next answer; other bytes must not look like a good answer, so the last piece is kept back until the digest is known.
 * @throws GatewayError `internal`, after `onOther` was told of another digest
 */
export async function* intact(
  bytes: ByteStream,
  { sizeBytes, sha256, onOther }: Expected & { readonly onOther: (actualSha256: string) => void },
): ByteStream {
  const hash = sha256 === null ? null : createHash('sha256');
  let count = 0;
  for await (const piece of bytes) {
    count += piece.length;
    if (count > sizeBytes) break;
    hash?.update(piece);
    if (count === sizeBytes && hash !== null) {
      const actual = hash.copy().digest('hex');
      if (actual !== sha256) {
        onOther(actual);
        throw broken(`the store gave bytes with the sha256 ${actual} where the record has ${sha256}`);
      }
    }
    yield piece;
  }
  if (count !== sizeBytes) throw broken(`the store gave ${count} bytes or more where the record has ${sizeBytes}`);
}

function broken(sentence: string): GatewayError<'internal'> {
  return new GatewayError('internal', {}, { cause: new Error(sentence) });
}
