// The bytes of a content as its record promises them. The last piece of a whole content is held until all
// of it has proved to be what was stored.
import { createHash, hash as digest } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import { type ByteStream, WholeBytes } from '../flow/stream.ts';

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

/** What the bytes have to be; `sha256` is null for a part, which has no digest to compare with, and for what was proved before. */
export type Expected = { readonly sizeBytes: number; readonly sha256: string | null };

type Checked = Expected & {
  readonly onOther: (actualSha256: string) => void;
  /** Told of bytes that have the sha256, before the last of them is given. */
  readonly onIntact: () => void;
  /** Holds `sizeBytes` bytes: gets a copy of them all, which is whole when `onIntact` is told. */
  readonly copy: Uint8Array | null;
};

/**
 * Gives `bytes` on. Fewer bytes than an answer promised would leave its reader waiting, and more would be read as the
 * next answer; other bytes must not look like a good answer, so the last piece is kept back until the digest is known.
 * `onEnd` is told when `bytes` have ended, in whatever way.
 * @throws GatewayError `internal`, after `onOther` was told of another digest
 */
export async function* intact(bytes: ByteStream, expected: Checked & { readonly onEnd: () => void }): ByteStream {
  const { sizeBytes, sha256, copy, onEnd } = expected;
  const hash = sha256 === null ? null : createHash('sha256');
  let count = 0;
  try {
    for await (const piece of bytes) {
      count += piece.length;
      if (count > sizeBytes) break;
      copy?.set(piece, count - piece.length);
      hash?.update(piece);
      if (count === sizeBytes && hash !== null) requireDigest(hash.copy().digest('hex'), expected);
      yield piece;
    }
    requireSize(count, expected);
  } finally {
    onEnd();
  }
}

/** The same for bytes that are there all at once. @throws GatewayError `internal` */
export function requireIntact(bytes: Uint8Array, expected: Checked): WholeBytes {
  requireSize(bytes.length, expected);
  expected.copy?.set(bytes);
  if (expected.sha256 !== null) requireDigest(digest('sha256', bytes), expected);
  return new WholeBytes(bytes);
}

function requireSize(count: number, { sizeBytes }: Expected): void {
  if (count !== sizeBytes) throw broken(`the store gave ${count} bytes or more where the record has ${sizeBytes}`);
}

function requireDigest(actual: string, { sha256, onOther, onIntact }: Checked): void {
  if (actual === sha256) {
    onIntact();
    return;
  }
  onOther(actual);
  throw broken(`the store gave bytes with the sha256 ${actual} where the record has ${sha256}`);
}

function broken(what: string): GatewayError<'internal'> {
  return new GatewayError('internal', {}, { cause: new Error(what) });
}
