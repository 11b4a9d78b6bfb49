// One upload from beginning to end: the way is chosen, what is left of an earlier try is found, and the resource is the answer.
import type { Connection } from './connection.ts';
import { uploadDirectly } from './direct.ts';
import { GatewayError, isGatewayError, isPassing } from './errors.ts';
import { browserJournal, type Journal, type JournalEntry } from './journal.ts';
import { uploadInOneRequest } from './one-request.ts';
import { createTeller, type Teller, type UploadProgress } from './progress.ts';
import { uploadResumably, uploadStream } from './resumable.ts';
import { nameOf, toFingerprint, type UploadSource } from './source.ts';
import type { Resource, ResourceFields } from './types.ts';

/** How the bytes go: all in one request, through the gateway piece by piece, or in parts into the store. */
export type UploadWay = 'one-request' | 'resumable' | 'direct';

export type UploadOptions = Omit<ResourceFields, 'name'> & {
  /** Absent: the file's own. */
  readonly name?: string | undefined;
  /** The content's type; absent: the file's own, and if that is empty, what the gateway detects. */
  readonly mimeType?: string | undefined;
  /** Told as bytes leave, and when the resource stands. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  /**
   * Ends the upload; it then rejects with the signal's reason. What the gateway has is freed, unless a journal keeps it:
   * uploading the same file again then goes on from there.
   */
  readonly signal?: AbortSignal | undefined;
  /** Absent: `localStorage` in a browser, none elsewhere. Null: none, so that an abort frees what was sent. */
  readonly journal?: Journal | null | undefined;
  /** Absent: chosen by size, and by whether the gateway's store may be reached directly. */
  readonly way?: UploadWay | undefined;
  /** How often in a row a request may fail without any progress: 8 when absent. */
  readonly retries?: number | undefined;
  /** Largest body of one request, for proxies that allow no more: 64 MiB when absent. */
  readonly pieceBytes?: number | undefined;
};

/** What one upload is about, with everything that was left out filled in. */
export type Uploading = {
  readonly fields: ResourceFields;
  readonly mimeType: string | undefined;
  readonly teller: Teller;
  readonly signal: AbortSignal;
  readonly retries: number;
  readonly pieceBytes: number;
  /** What an earlier try has left. */
  readonly left: JournalEntry | null;
  /** Keeps what a later try would go on from. */
  keep(entry: Omit<JournalEntry, 'savedAt'>): Promise<void>;
};

/** Up to here one request is cheaper than the three of a resumable upload, and little is lost when it has to be repeated. */
const ONE_REQUEST_BYTES = 4 * 1024 * 1024;
/** From here on the bytes rather pass the gateway by; the store's parts are at least 5 MiB. */
const DIRECT_BYTES = 32 * 1024 * 1024;
const PIECE_BYTES = 64 * 1024 * 1024;
const RETRIES = 8;
/** Freeing what was sent must not hold anything up. */
const CANCEL_TIMEOUT_MS = 5_000;

/** @throws GatewayError; the signal's reason when it is aborted */
export async function upload(connection: Connection, source: UploadSource, options: UploadOptions): Promise<Resource> {
  const { name = nameOf(source), mimeType, onProgress, signal, journal, way, retries, pieceBytes, ...rest } = options;
  if (name === null) throw new GatewayError('invalid_input', 'name must be given for what is not a file');
  const fields = { ...rest, name };
  const aborting = signal ?? new AbortController().signal;
  const blob = source instanceof Blob ? source : null;
  const type = mimeType ?? blob?.type;
  const store = blob === null ? null : journal === undefined ? browserJournal() : journal;
  const key =
    blob === null || store === null ? '' : await toFingerprint(blob, [connection.url, fields, mimeType ?? null]);
  let kept: Omit<JournalEntry, 'savedAt'> | null = null;
  const uploading: Uploading = {
    fields,
    mimeType: type === '' ? undefined : type,
    teller: createTeller(blob?.size ?? null, onProgress ?? (() => {})),
    signal: aborting,
    retries: retries ?? RETRIES,
    pieceBytes: pieceBytes ?? PIECE_BYTES,
    left: (await store?.get(key)) ?? null,
    async keep(entry) {
      kept = entry;
      await store?.set(key, { ...entry, savedAt: Date.now() });
    },
  };
  try {
    aborting.throwIfAborted();
    const resource =
      source instanceof Blob
        ? await uploadBlob(connection, source, { ...uploading, way: way ?? null })
        : await uploadStream(connection, source, uploading);
    await store?.delete(key);
    uploading.teller.done();
    return resource;
  } catch (thrown) {
    // A later try can go on from it, unless it was refused for good.
    const isOver = isGatewayError(thrown) && !isPassing(thrown) && thrown.code !== 'unauthenticated';
    if (store === null || isOver) {
      await store?.delete(key);
      cancel(connection, kept);
    }
    throw thrown;
  }
}

async function uploadBlob(
  connection: Connection,
  blob: Blob,
  { way, ...uploading }: Uploading & { readonly way: UploadWay | null },
): Promise<Resource> {
  const { learned } = connection;
  // What has been begun is gone on with in its own way, which its upload says.
  if (way === 'one-request' || (way === null && blob.size <= ONE_REQUEST_BYTES)) {
    return await uploadInOneRequest(connection, blob, uploading);
  }
  if (way === 'direct' || (way === null && blob.size >= DIRECT_BYTES && !learned.isDirectRefused)) {
    const resource = await uploadDirectly(connection, blob, { ...uploading, isRequired: way === 'direct' });
    if (resource !== null) return resource;
    learned.isDirectRefused = true;
    return await uploadResumably(connection, blob, { ...uploading, left: null });
  }
  return await uploadResumably(connection, blob, uploading);
}

/** Told to the gateway once, and not waited for: what is not heard expires there. */
function cancel({ api }: Connection, kept: Omit<JournalEntry, 'savedAt'> | null): void {
  if (kept?.uploadId === undefined) return;
  const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
  api.upload.cancel.mutate({ id: kept.uploadId }, { signal }).catch(() => {});
}
