// A remote body as our stream: counted, capped, never idle for long, resumed when it breaks. It keeps no bytes.
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '../../domain/errors.ts';
import type { ByteStream } from '../../domain/flow/stream.ts';
import { remoteFailed, toRemoteFailure } from '../failures.ts';
import type { FetchLease } from '../lease.ts';
import type { RemoteLimits } from '../options.ts';

/** An opened body. Its source is tied to the lease's signal. */
export type OpenBody = {
  readonly source: AsyncIterable<Uint8Array>;
  /** What was announced, or null. */
  readonly lengthBytes: number | null;
  /** Opens the rest from a position; null when the remote cannot. Gives the length of the whole beside it. */
  readonly reopen:
    | ((positionBytes: number) => Promise<{ source: AsyncIterable<Uint8Array>; lengthBytes: number }>)
    | null;
};

export type BodyReaderOptions = {
  readonly lease: FetchLease;
  readonly limits: Pick<
    RemoteLimits,
    'idleTimeoutMs' | 'minBytesPerSecond' | 'maxBytes' | 'maxResumes' | 'resumeDelayMs'
  >;
};

async function* readPieces(body: OpenBody, { lease, limits }: BodyReaderOptions): AsyncGenerator<Uint8Array, void> {
  const { signal } = lease;
  let { lengthBytes } = body;
  let pieces = body.source[Symbol.asyncIterator]();
  let positionBytes = 0;
  let resumes = 0;
  let isWaiting = false;
  let waitedMs = 0;
  const idle = setTimeout(() => {
    if (isWaiting) lease.end(remoteFailed('the remote stopped sending'));
  }, limits.idleTimeoutMs);

  async function next(): Promise<IteratorResult<Uint8Array, unknown>> {
    isWaiting = true;
    const startedMs = performance.now();
    idle.refresh();
    try {
      const result = await pieces.next();
      if (result.done && lengthBytes !== null && positionBytes !== lengthBytes) {
        throw remoteFailed('the remote sent another length than it announced');
      }
      return result;
    } finally {
      isWaiting = false;
      waitedMs += performance.now() - startedMs;
    }
  }

  async function resume(broken: unknown): Promise<void> {
    let failure = toRemoteFailure(broken);
    while (body.reopen !== null && resumes < limits.maxResumes) {
      await delay(limits.resumeDelayMs * 2 ** resumes, undefined, { signal });
      resumes += 1;
      try {
        const rest = await body.reopen(positionBytes);
        lengthBytes = rest.lengthBytes;
        pieces = rest.source[Symbol.asyncIterator]();
        return;
      } catch (error) {
        failure = toRemoteFailure(error);
      }
    }
    throw failure;
  }

  try {
    for (;;) {
      let result: IteratorResult<Uint8Array, unknown>;
      try {
        result = await next();
      } catch (error) {
        signal.throwIfAborted();
        await resume(error);
        continue;
      }
      if (result.done) return;
      positionBytes += result.value.length;
      if (positionBytes > limits.maxBytes) throw new GatewayError('content_too_large', { maxBytes: limits.maxBytes });
      if (waitedMs > limits.idleTimeoutMs && (positionBytes / waitedMs) * 1000 < limits.minBytesPerSecond) {
        throw remoteFailed(`the remote sends slower than ${limits.minBytesPerSecond} bytes a second`);
      }
      yield result.value;
    }
  } catch (error) {
    // Ending the lease is what breaks a read on purpose, and its reason is the true one.
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(idle);
    lease.end();
  }
}

/** The stream for the domain; it ends the lease at its end, on failure and when it is left early, even before its start. */
export function readBody(body: OpenBody, options: BodyReaderOptions): ByteStream {
  return {
    [Symbol.asyncIterator]() {
      const pieces = readPieces(body, options);
      return {
        next: () => pieces.next(),
        return: () => {
          options.lease.end();
          return pieces.return();
        },
      };
    },
  };
}

/** What each way of opening hands to the opener: a body and what is known of it. It is not yet counted or capped. */
export type OpenedObject = OpenBody & {
  readonly declaredMimeType: string | null;
  /** The version that the store says it gave, or null. */
  readonly versionRead: string | null;
};
