// Uploads that clients send straight into a bucket, in parts that they get signed addresses for. Always by a multipart
// upload, if only of one part: nothing is visible before it is completed, and no address is worth anything after.
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { createStorageKey } from '../../domain/fields/ids.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type {
  DirectPlan,
  DirectUpload,
  DirectUploads,
  ReceivedPart,
  SignedPart,
  StoreCall,
} from '../../domain/uploads/upload-store.ts';
import { attempt } from '../store-failure.ts';
import { answeredStatus, errorName, inTurn, type S3Connection } from './client.ts';
import { completeParts } from './completing.ts';
import { listParts, type StoredPart, toCompleted } from './listing.ts';
import { CLEANUP_TIMEOUT_MS } from './multipart.ts';

const MEBIBYTE = 1024 * 1024;
const MIN_PART_BYTES = 8 * MEBIBYTE;
const MAX_PARTS = 10_000;
/** What S3 takes at most, in 10,000 parts of 5 GiB. */
const MAX_BYTES = 5 * 1024 * 1024 * MEBIBYTE;
/** Up to this, a content is one part: it is sent again from its beginning when that fails. */
const ONE_PART_BYTES = 64 * MEBIBYTE;
/** The same where the store then proves its sha256, which saves the gateway reading it. */
const ONE_PROVEN_PART_BYTES = 512 * MEBIBYTE;

/** Of what `begin` gives: `uploadId` is what `UploadStore.discard` frees it by. */
type DirectState = { readonly uploadId: string };

/** Creates the direct uploads of one bucket. */
export function createDirectUploads(connection: S3Connection): DirectUploads {
  const { writer, bucket } = connection;
  const isProving = createProof(connection);

  const begin = async (key: string, { plan, sha256, ...call }: Parameters<DirectUploads['begin']>[1]) => {
    const target = { Bucket: bucket, Key: key };
    const isProven = sha256 !== null && isOnePart(plan);
    const create = () => writer.createMultipartUpload(isProven ? { ...target, ChecksumAlgorithm: 'SHA256' } : target);
    // Not aborted once begun: an upload whose id never reached us could not be freed.
    const { UploadId } = await inTurn(connection, call, create);
    if (UploadId === undefined) throw new Error('the store began a multipart upload without an id');
    return { uploadId: UploadId } satisfies DirectState;
  };

  return {
    maxBytes: MAX_BYTES,
    async plan({ sizeBytes, hasSha256 }, call) {
      const oneBytes = hasSha256 && (await isProving(call)) ? ONE_PROVEN_PART_BYTES : ONE_PART_BYTES;
      if (sizeBytes <= oneBytes) return { sizeBytes, partSizeBytes: sizeBytes };
      const least = Math.ceil(sizeBytes / MAX_PARTS / MEBIBYTE) * MEBIBYTE;
      return { sizeBytes, partSizeBytes: Math.max(MIN_PART_BYTES, least) };
    },
    begin: (key, options) =>
      attempt(begin(key, options), { signal: options.signal, sentence: `the upload ${key} could not be begun` }),
    sign: (upload, options) =>
      attempt(signParts(connection, upload, options), {
        signal: options.signal,
        sentence: `no addresses could be signed for the upload ${upload.key}`,
      }),
    received: (upload, { signal }) =>
      attempt(findParts(connection, upload, { signal }), {
        signal,
        sentence: `the parts of the upload ${upload.key} could not be listed`,
      }),
    async complete(upload, { parts, ...call }) {
      const sentence = `the upload ${upload.key} could not be completed`;
      await attempt(completeDirect(connection, upload, { ...call, parts }), { signal: call.signal, sentence });
      const [only] = parts;
      const isProven = upload.sha256 !== null && isOnePart(upload.plan) && only !== undefined;
      if (!isProven || toStoredPart(only).sha256 !== toBase64(upload.sha256)) return null;
      return (await isProving(call)) ? upload.sha256 : null;
    },
  };
}

const isOnePart = ({ sizeBytes, partSizeBytes }: DirectPlan): boolean => sizeBytes <= partSizeBytes;
const toBase64 = (sha256: string): string => Buffer.from(sha256, 'hex').toString('base64');
const toState = ({ kept }: DirectUpload): DirectState => kept as DirectState;

async function signParts(
  { writer, bucket }: S3Connection,
  { key, plan, sha256, ...upload }: DirectUpload,
  { numbers, expiresInSeconds: expiresIn, signal }: Parameters<DirectUploads['sign']>[1],
): Promise<SignedPart[]> {
  signal.throwIfAborted();
  const [{ UploadPartCommand }, { getSignedUrl }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/s3-request-presigner'),
  ]);
  const count = Math.ceil(plan.sizeBytes / plan.partSizeBytes);
  const checksum = sha256 !== null && isOnePart(plan) ? toBase64(sha256) : null;
  const target = { Bucket: bucket, Key: key, UploadId: toState({ key, plan, sha256, ...upload }).uploadId };
  return await Promise.all(
    numbers.map(async (number) => {
      const isLast = number === count;
      const ContentLength = isLast ? plan.sizeBytes - (count - 1) * plan.partSizeBytes : plan.partSizeBytes;
      const part = { ...target, PartNumber: number, ContentLength };
      const command = new UploadPartCommand(checksum === null ? part : { ...part, ChecksumSHA256: checksum });
      const url = await getSignedUrl(writer, command, {
        expiresIn,
        // What is signed has to be sent: a part of another size, or of other bytes, is refused by the store.
        signableHeaders: new Set(['host', 'content-length', CHECKSUM_HEADER]),
        unhoistableHeaders: new Set([CHECKSUM_HEADER]),
      });
      // Whoever sends a body says its length; a page could not even set it.
      return { number, url, headers: checksum === null ? {} : { [CHECKSUM_HEADER]: checksum } };
    }),
  );
}

const CHECKSUM_HEADER = 'x-amz-checksum-sha256';

async function findParts(
  connection: S3Connection,
  upload: DirectUpload,
  { signal }: CallOptions,
): Promise<ReceivedPart[] | null> {
  const place = { key: upload.key, uploadId: toState(upload).uploadId, signal };
  try {
    const parts = await Array.fromAsync(listParts(connection, place));
    return parts.map((part) => ({ number: part.number, sizeBytes: part.sizeBytes, tag: { ...part } }));
  } catch (thrown) {
    if (errorName(thrown) === 'NoSuchUpload') return null;
    throw thrown;
  }
}

/** A tag is the part as it was listed. */
const toStoredPart = ({ tag }: ReceivedPart): StoredPart => tag as StoredPart;

async function completeDirect(
  connection: S3Connection,
  upload: DirectUpload,
  { parts, ...call }: StoreCall & { readonly parts: readonly ReceivedPart[] },
): Promise<void> {
  const { key, plan } = upload;
  const completion = { ...call, connection, key, uploadId: toState(upload).uploadId, sizeBytes: plan.sizeBytes };
  try {
    await completeParts(parts.map(toStoredPart).map(toCompleted), completion);
  } catch (thrown) {
    if (errorName(thrown) !== 'InvalidPart') throw thrown;
    // One of them was sent again meanwhile. What counts is what the store has, where it has as much.
    const now = await findParts(connection, upload, call);
    const isAsLarge = now?.every(({ sizeBytes }, index) => sizeBytes === parts[index]?.sizeBytes) ?? false;
    if (now === null || now.length !== parts.length || !isAsLarge) throw thrown;
    await completeParts(now.map(toStoredPart).map(toCompleted), completion);
  }
}

/** Whether the store refuses a part that is not what its checksum says, found out once: some S3 stores ignore it. */
function createProof(connection: S3Connection): (call: StoreCall) => Promise<boolean> {
  let known: boolean | null = null;
  return async (call) => {
    known ??= await isRefusingOthers(connection, call);
    return known;
  };
}

async function isRefusingOthers(connection: S3Connection, call: StoreCall): Promise<boolean> {
  const { client, writer, bucket } = connection;
  const target = { Bucket: bucket, Key: createStorageKey() };
  const probe = async (): Promise<boolean> => {
    const { UploadId } = await writer.createMultipartUpload({ ...target, ChecksumAlgorithm: 'SHA256' });
    if (UploadId === undefined) return false;
    const upload = { ...target, UploadId };
    const ChecksumSHA256 = randomBytes(32).toString('base64');
    try {
      const part = { ...upload, PartNumber: 1, Body: Buffer.from('other bytes'), ContentLength: 11, ChecksumSHA256 };
      await writer.uploadPart(part, { abortSignal: call.signal });
      return false;
    } catch (thrown) {
      if (answeredStatus(thrown) === 400) return true;
      throw thrown;
    } finally {
      const abortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
      await client.abortMultipartUpload(upload, { abortSignal }).catch(() => undefined);
    }
  };
  return await inTurn(connection, call, probe);
}
