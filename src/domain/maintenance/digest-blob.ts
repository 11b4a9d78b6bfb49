// What a blob's bytes in the store are, as read from their first to their last.
import { createHash } from 'node:crypto';
import type { BlobStore } from '../content/blob-store.ts';
import type { CallOptions } from '../flow/stream.ts';

export type Digest = { readonly sha256: string; readonly sizeBytes: number };
export type Unreadable = { readonly kind: 'missing' | 'corrupt'; readonly reason: string };

/** Reads a blob whole. It throws nothing of the store: what that says is the reason. */
export async function digestBlob(
  key: string,
  { blobs, signal }: CallOptions & { readonly blobs: Pick<BlobStore, 'read'> },
): Promise<Digest | Unreadable> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let opened = false;
  try {
    const bytes = await blobs.read(key, { signal, range: null });
    opened = true;
    for await (const piece of bytes) {
      hash.update(piece);
      sizeBytes += piece.length;
    }
    return { sha256: hash.digest('hex'), sizeBytes };
  } catch (thrown) {
    signal.throwIfAborted();
    if (!opened) return { kind: 'missing', reason: `it cannot be opened: ${toSentence(thrown)}` };
    return { kind: 'corrupt', reason: `it cannot be read past ${sizeBytes} bytes: ${toSentence(thrown)}` };
  }
}

/** The innermost cause: what the disk or the store itself said. */
export function toSentence(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause === undefined ? thrown.message : toSentence(thrown.cause);
}
