// Whether a bucket keeps what it is given: written, read back, compared, removed. A 200 alone proves nothing.
import { Buffer } from 'node:buffer';
import { addAbortSignal, type Readable } from 'node:stream';
import { createStorageKey } from '../../domain/fields/ids.ts';
import { raceSignal } from '../../domain/flow/race-signal.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import { requireETag, type S3Connection } from './client.ts';

/** A readiness probe wants an answer sooner than a transfer. */
const CHECK_TIMEOUT_MS = 5_000;
/** How long a bucket that kept a probe is believed, so that frequent checks do not become a stream of writes. */
const TRUST_MS = 30_000;
const OTHER_CONTENT = 'what was read back is not what was written; check that AWS_ENDPOINT_URL_S3 is an S3 store';

/**
 * Writes a small object, reads it back and removes it. It lies under a key as blobs have, so that the sweep finds it when
 * it could not be removed.
 */
export async function probeBucket({ prober, bucket }: S3Connection, { signal }: CallOptions): Promise<void> {
  const object = { Bucket: bucket, Key: createStorageKey() };
  // No two probes are alike, so that no answer kept from another one passes.
  const written = Buffer.from(object.Key);
  const call = { abortSignal: signal };
  requireETag(await prober.putObject({ ...object, Body: written, ContentLength: written.length }, call));
  const { Body } = await prober.getObject(object, call);
  // On Node the SDK always gives a stream of Node's; its type also covers browsers.
  const isKept = await isContentOf(Body as Readable, { written, signal });
  await prober.deleteObject(object, call);
  if (!isKept) throw new Error(OTHER_CONTENT);
}

/** Reads no further than the first piece too much: whoever answers with something else may answer without an end. */
async function isContentOf(body: Readable, { written, signal }: { written: Buffer } & CallOptions): Promise<boolean> {
  let read = Buffer.alloc(0);
  for await (const piece of addAbortSignal(signal, body)) {
    read = Buffer.concat([read, piece as Uint8Array]);
    if (read.length > written.length) return false;
  }
  return written.equals(read);
}

/**
 * A check that may be asked for often: it probes when the last success is long ago, and otherwise only asks for the
 * bucket. Those that wait at the same time wait for one probe. `now` is in milliseconds.
 */
export function createBucketCheck(connection: S3Connection, { now }: { now: () => number }) {
  let keptMs = Number.NEGATIVE_INFINITY;
  let probing: Promise<void> | null = null;

  const probe = async (): Promise<void> => {
    // Not of one caller: it goes on for the others when one gives up.
    await probeBucket(connection, { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
    keptMs = now();
  };
  return async ({ signal }: CallOptions): Promise<void> => {
    signal.throwIfAborted();
    if (now() - keptMs < TRUST_MS) {
      const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
      await connection.prober.headBucket({ Bucket: connection.bucket }, { abortSignal });
      return;
    }
    probing ??= probe().finally(() => {
      probing = null;
    });
    await raceSignal(probing, signal);
  };
}
