// The way past the gateway: parts straight into the store, at addresses that are signed just before they are used.
import { ask, type Connection } from './connection.ts';
import { GatewayError, isGatewayError } from './errors.ts';
import { begin, complete, findLeft } from './resumable.ts';
import { withRetries } from './retry.ts';
import { send } from './send.ts';
import type { PublicUpload, Resource } from './types.ts';
import type { Uploading } from './upload.ts';

/** Parts at once; browsers open six connections to a host by HTTP/1.1. */
const PARALLEL_PARTS = 4;

type Direct = Uploading & { /** Whether another way must not be taken. */ readonly isRequired: boolean };

/** Null where the store cannot be reached from here, and another way may be taken. */
export async function uploadDirectly(
  connection: Connection,
  blob: Blob,
  { isRequired, ...uploading }: Direct,
): Promise<Resource | null> {
  const begun = await beginDirectly(connection, blob, { ...uploading, isRequired });
  if (begun === null) return null;
  await uploading.keep({ uploadId: begun.id });
  if (begun.state === 'open') {
    try {
      await sendParts(connection, blob, { ...uploading, begun });
    } catch (thrown) {
      if (isRequired || !(thrown instanceof UnreachableStore)) throw thrown;
      connection.api.upload.cancel.mutate({ id: begun.id }).catch(() => {});
      return null;
    }
  }
  uploading.teller.finishing();
  return await complete(connection, begun.id, uploading);
}

/** Whether a gateway has a store that clients may reach, it says by what it answers to this. */
async function beginDirectly(connection: Connection, blob: Blob, uploading: Direct): Promise<PublicUpload | null> {
  const left = await findLeft(connection, uploading, 'direct');
  if (left !== null) return left;
  try {
    return await begin(connection, uploading, { sizeBytes: blob.size, method: 'direct' });
  } catch (thrown) {
    // When it was another field that was wrong, the next way is refused for it.
    if (isGatewayError(thrown, 'invalid_input') && !uploading.isRequired) return null;
    throw thrown;
  }
}

/** No part has arrived: the store is not for this client, for example because its bucket allows no other origin. */
class UnreachableStore extends GatewayError {}

type Parts = Uploading & { readonly begun: PublicUpload };

async function sendParts(connection: Connection, blob: Blob, { begun, teller, signal, retries }: Parts): Promise<void> {
  const { api } = connection;
  const { id } = begun;
  const partBytes = begun.partSizeBytes ?? blob.size;
  const { parts: received } = await withRetries(() => ask(() => api.upload.receivedParts.query({ id }, { signal })), {
    retries,
    signal,
  });
  /** Bytes of each part that are there or have left. */
  const sent = new Map(received.map(({ number, sizeBytes }) => [number, sizeBytes]));
  let arrived = received.length;
  const tell = () => teller.sent([...sent.values()].reduce((sum, bytes) => sum + bytes, 0));
  const count = Math.max(1, Math.ceil(blob.size / partBytes));
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !sent.has(number));
  const failing = new AbortController();
  const ended = AbortSignal.any([signal, failing.signal]);

  const sendPart = async (number: number) => {
    const body = blob.slice((number - 1) * partBytes, number * partBytes);
    const attempt = async () => {
      const { parts } = await ask(() => api.upload.parts.mutate({ id, numbers: [number] }, { signal: ended }));
      const part = parts[0];
      if (part === undefined) throw new GatewayError('internal', 'the gateway signed no address for a part');
      const onSent = (bytes: number) => {
        sent.set(number, Math.min(bytes, body.size));
        tell();
      };
      const { url, headers } = part;
      const answer = await send({ method: 'PUT', url, headers, body, framing: 'sized', onSent, signal: ended }).catch(
        (thrown) => {
          ended.throwIfAborted();
          throw new GatewayError('store_refused', 'the store did not answer', { cause: thrown });
        },
      );
      if (answer.status >= 300) {
        throw new GatewayError('store_refused', `the store answered HTTP ${answer.status} to a part`);
      }
      arrived += 1;
      onSent(body.size);
    };
    // A store that has never taken anything is given up sooner: there is another way.
    const tries = () => (arrived === 0 ? Math.min(1, retries) : retries);
    await withRetries(attempt, { retries: tries(), signal: ended, progress: () => arrived });
  };
  const work = async () => {
    for (let number = missing.shift(); number !== undefined; number = missing.shift()) await sendPart(number);
  };
  tell();
  try {
    await Promise.all(Array.from({ length: PARALLEL_PARTS }, () => work()));
  } catch (thrown) {
    failing.abort(thrown);
    signal.throwIfAborted();
    if (!isGatewayError(thrown, 'store_refused') || arrived > 0) throw thrown;
    throw new UnreachableStore('store_refused', thrown.message, { cause: thrown });
  }
}
