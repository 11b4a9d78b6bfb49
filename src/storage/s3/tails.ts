// The tail of an upload: bytes that are too few for a part, in one or more small objects.
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { StoreCall } from '../../domain/uploads/upload-store.ts';
import { inTurn, requireETag, type S3Connection } from './client.ts';
import { readFromS3 } from './reading.ts';
import { type Tail, tailsPrefix } from './upload-state.ts';

/** Up to this a new tail is joined with those before it; a larger one is left as it is until it goes into a part. */
export const JOINED_BYTES = 256 * 1024;

export type TailOptions = StoreCall & { readonly connection: S3Connection; readonly key: string };

/** Fills `target` with all of `tails`, in order. @throws when one is not as long as it was */
export async function readTails(
  tails: readonly Tail[],
  target: Buffer,
  options: CallOptions & Pick<TailOptions, 'connection'>,
): Promise<void> {
  const { connection, signal } = options;
  let at = 0;
  for (const { key, sizeBytes } of tails) {
    const end = at + sizeBytes;
    for await (const piece of await readFromS3(connection, { key, range: null, signal })) {
      if (at + piece.byteLength > end) throw new Error(`the object ${key} is longer than it was`);
      target.set(piece, at);
      at += piece.byteLength;
    }
    if (at !== end) throw new Error(`the object ${key} is shorter than it was`);
  }
}

/**
 * Stores bytes after `tails`. Those at their end that are less than twice as long are joined with the new ones: so there
 * are few of them however small the pieces, and a byte is copied few times.
 * @returns all tails now, and the names of those that are no longer among them
 */
export async function addTail(
  tails: readonly Tail[],
  bytes: Buffer,
  options: TailOptions,
): Promise<{ readonly tails: readonly Tail[]; readonly replaced: readonly string[] }> {
  let sizeBytes = bytes.byteLength;
  let kept = tails.length;
  for (let last = tails[kept - 1]; last !== undefined; last = tails[kept - 1]) {
    if (last.sizeBytes >= 2 * sizeBytes || last.sizeBytes + sizeBytes > JOINED_BYTES) break;
    sizeBytes += last.sizeBytes;
    kept -= 1;
  }
  const joined = tails.slice(kept);
  const body = joined.length === 0 ? bytes : Buffer.allocUnsafe(sizeBytes);
  if (joined.length > 0) {
    await readTails(joined, body, options);
    body.set(bytes, sizeBytes - bytes.byteLength);
  }
  const tail = await putTail(body, options);
  return { tails: [...tails.slice(0, kept), tail], replaced: joined.map(({ key }) => key) };
}

/** Stores one tail. */
export async function putTail(body: Buffer, options: TailOptions): Promise<Tail> {
  const { connection, signal } = options;
  const { writer, bucket } = connection;
  const key = `${tailsPrefix(options)}${randomUUID()}`;
  const put = { Bucket: bucket, Key: key, Body: body, ContentLength: body.byteLength };
  requireETag(await inTurn(connection, options, () => writer.putObject(put, { abortSignal: signal })));
  return { key, sizeBytes: body.byteLength };
}

/** Removes objects that nobody refers to any more; what cannot be removed is left to the end of the upload. */
export async function removeTails(
  names: readonly string[],
  { connection: { client, bucket }, signal }: CallOptions & Pick<TailOptions, 'connection'>,
): Promise<void> {
  for (const Key of names) {
    await client.deleteObject({ Bucket: bucket, Key }, { abortSignal: signal }).catch(() => undefined);
  }
}
