// The way through the gateway that survives: tus 1.0 (https://tus.io/protocols/resumable-upload), whose beginning and end
// are the API's own calls, so that they answer as it does.
import { ask, type Connection } from './connection.ts';
import { fromRestAnswer, GatewayError, isGatewayError } from './errors.ts';
import { withRetries } from './retry.ts';
import { send } from './send.ts';
import { toPieces } from './source.ts';
import type { PublicUpload, Resource } from './types.ts';
import type { Uploading } from './upload.ts';

const TUS = { 'tus-resumable': '1.0.0' };
/** Held while they are sent, so that they can be sent again. */
const STREAM_PIECE_BYTES = 8 * 1024 * 1024;

export async function uploadResumably(connection: Connection, blob: Blob, uploading: Uploading): Promise<Resource> {
  const { teller } = uploading;
  const left = await findLeft(connection, uploading, 'resumable');
  const begun = left ?? (await begin(connection, uploading, { sizeBytes: blob.size }));
  await uploading.keep({ uploadId: begun.id });
  if (begun.state === 'open') {
    const tus = openTus(connection, begun, uploading);
    let offset = left === null ? 0 : null;
    let confirmed = 0;
    const attempt = async () => {
      offset ??= await tus.askOffset();
      // Whatever fails from here on, only the gateway knows how far it came.
      let at = offset;
      offset = null;
      while (at < blob.size) {
        confirmed = at;
        const base = at;
        teller.sent(base);
        const piece = blob.slice(base, base + uploading.pieceBytes);
        at = await tus.append(piece, base, (bytes) => teller.sent(base + bytes));
      }
    };
    await withRetries(attempt, { ...uploading, progress: () => confirmed }).catch(unlessConflict);
  }
  teller.finishing();
  return await complete(connection, begun.id, uploading);
}

/** A stream goes in pieces that are held while they are on their way; how long it is, is known at its end. */
export async function uploadStream(
  connection: Connection,
  stream: ReadableStream<Uint8Array>,
  uploading: Uploading,
): Promise<Resource> {
  const { teller } = uploading;
  const begun = await begin(connection, uploading, {});
  await uploading.keep({ uploadId: begun.id });
  const tus = openTus(connection, begun, uploading);
  let from = 0;
  for await (const piece of toPieces(stream, Math.min(uploading.pieceBytes, STREAM_PIECE_BYTES))) {
    const base = from;
    let at = base;
    let isKnown = true;
    const attempt = async () => {
      if (!isKnown) at = await tus.askOffset();
      isKnown = false;
      if (at < base || at > base + piece.size) throw lost(at, base);
      if (at < base + piece.size) await tus.append(piece.slice(at - base), at, (bytes) => teller.sent(at + bytes));
    };
    await withRetries(attempt, { ...uploading, progress: () => at });
    from += piece.size;
    teller.sent(from);
  }
  teller.finishing();
  return await complete(connection, begun.id, uploading);
}

function lost(at: number, base: number): GatewayError {
  return new GatewayError(
    'length_mismatch',
    `the upload is at ${at} bytes, and what was before ${base} is not held here`,
  );
}

type Wanted = { readonly sizeBytes?: number; readonly method?: 'resumable' | 'direct' };

/** Begins one. An answer that was lost leaves an empty upload, which expires. */
export async function begin(
  { api }: Connection,
  { fields, mimeType, ...options }: Uploading,
  wanted: Wanted,
): Promise<PublicUpload> {
  const { signal } = options;
  const input = { ...wanted, ...(mimeType !== undefined && { mimeType }), resource: fields };
  return await withRetries(() => ask(() => api.upload.create.mutate(input, { signal })), options);
}

/** What an earlier try began, when it can be gone on with in this way; null otherwise. */
export async function findLeft(
  { api }: Connection,
  { left, ...options }: Uploading,
  method: PublicUpload['method'],
): Promise<PublicUpload | null> {
  const id = left?.uploadId;
  if (id === undefined) return null;
  const { signal } = options;
  try {
    const found = await withRetries(() => ask(() => api.upload.byId.query({ id }, { signal })), options);
    return found.method === method && found.state !== 'failed' ? found : null;
  } catch (thrown) {
    if (isGatewayError(thrown, 'not_found')) return null;
    throw thrown;
  }
}

/** Asks for the resource until it stands; finishing may be repeated. */
export async function complete({ api }: Connection, id: string, options: Uploading): Promise<Resource> {
  const { signal } = options;
  const { resource } = await withRetries(() => ask(() => api.upload.complete.mutate({ id }, { signal })), options);
  if (resource === null) throw new GatewayError('internal', 'the upload ended without a resource');
  return resource;
}

/** All bytes are there, and the name is taken: the call that completes says so with what is in the way. */
function unlessConflict(thrown: unknown): void {
  if (!isGatewayError(thrown, 'conflict')) throw thrown;
}

/** The two requests of tus for one upload. */
function openTus({ url, authorization }: Connection, { id }: PublicUpload, { signal }: Uploading) {
  // Not the address that the gateway would give: behind a proxy that it does not know of, only ours leads there.
  const target = `${url}/v1/tus/${id}`;
  return {
    /** How many bytes are there. Ends whatever request still holds the upload. */
    async askOffset(): Promise<number> {
      const response = await fetch(target, { method: 'HEAD', headers: { ...(await authorization()), ...TUS }, signal });
      const answer = { status: response.status, header: (name: string) => response.headers.get(name), text: '' };
      if (!response.ok) throw fromRestAnswer(answer);
      return readOffset(answer.header('upload-offset'));
    },
    /** @returns how many bytes are there after it */
    async append(piece: Blob, offset: number, onSent: (bytes: number) => void): Promise<number> {
      const type = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
      const headers = { ...(await authorization()), ...TUS, ...type };
      const answer = await send({
        method: 'PATCH',
        url: target,
        headers,
        body: piece,
        framing: 'counted',
        onSent,
        signal,
      });
      if (answer.status !== 204) throw fromRestAnswer(answer);
      return readOffset(answer.header('upload-offset'));
    },
  };
}

/** @throws GatewayError `unreachable`: what answers is no gateway */
function readOffset(text: string | null): number {
  const offset = text === null || text === '' ? Number.NaN : Number(text);
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw new GatewayError('unreachable', 'the answer has no Upload-Offset, and is not a gateway’s');
}
