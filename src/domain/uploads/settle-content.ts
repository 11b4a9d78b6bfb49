// An upload that has all its bytes gets its content: made whole in the store, hashed, compared with what was announced.
// Whoever comes does it; done twice, it comes to the same.
import { createHash } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { UploadPorts } from './call.ts';
import type { HeldUpload } from './holds.ts';
import { hasAllBytes, toUploadError, toUploadedBytes, type Upload } from './upload.ts';
import type { DirectUpload, DirectUploads, ReceivedPart } from './upload-store.ts';

type Settling = CallOptions & UploadPorts;

/** Whether it has all its bytes, and nobody has made its content of them. */
export function isUnsettled(upload: Upload): boolean {
  return upload.state === 'open' && hasAllBytes(upload);
}

/**
 * Completes an upload that is unsettled.
 * @throws GatewayError `digest_mismatch` when the bytes are others than those announced: the upload has failed then
 */
export async function settleContent(held: HeldUpload, call: Settling): Promise<Upload> {
  const upload = held.upload();
  const { signal, blobs, uploads } = call;
  if (upload.method === 'direct') return await complete(held, null, call);
  const { isAsAppended } = await blobs.uploads.commit(toUploadedBytes(upload), { signal, accountId: upload.accountId });
  const live = uploads.hashes.take(upload.id, upload.offsetBytes);
  return await complete(held, isAsAppended && live !== null ? live.digest('hex') : null, call);
}

/** Completes a direct upload all of whose parts the store has; throws as above. */
export async function settleParts(
  held: HeldUpload,
  { direct, parts }: { readonly direct: DirectUpload; readonly parts: readonly ReceivedPart[] },
  call: Settling,
): Promise<Upload> {
  const proven = await requireDirect(call).complete(direct, {
    parts,
    accountId: held.upload().accountId,
    signal: call.signal,
  });
  await held.save({ offsetBytes: direct.plan.sizeBytes });
  return await complete(held, proven, call);
}

/** Where there is a direct upload, its store takes direct uploads. */
export function requireDirect({ blobs }: Pick<UploadPorts, 'blobs'>): DirectUploads {
  if (blobs.uploads.direct === null) throw new Error('the store takes no direct uploads');
  return blobs.uploads.direct;
}

async function complete(held: HeldUpload, known: string | null, call: Settling): Promise<Upload> {
  const { expectedSha256 } = held.upload();
  const sha256 = known ?? (await readBack(held.upload(), call));
  if (expectedSha256 !== null && expectedSha256 !== sha256) {
    const error = new GatewayError('digest_mismatch', { expected: expectedSha256, actual: sha256 });
    await failUpload(held, error, call);
    throw error;
  }
  return await held.save({ state: 'complete', sha256, kept: null });
}

/** Hashes what the store has: at the speed of a download, in constant memory. */
async function readBack({ location, sizeBytes }: Upload, { blobs, signal }: Settling): Promise<string> {
  const hash = createHash('sha256');
  let readBytes = 0;
  for await (const piece of await blobs.read(location.key, { range: null, signal })) {
    hash.update(piece);
    readBytes += piece.byteLength;
  }
  if (readBytes !== sizeBytes) throw new Error(`an upload of ${sizeBytes} bytes has ${readBytes} in the store`);
  return hash.digest('hex');
}

/** Ends an upload that can come to nothing, and frees its bytes: what cannot be freed now is at its expiry. */
export async function failUpload(held: HeldUpload, error: GatewayError, { blobs, signal }: Settling): Promise<void> {
  const { location, kept } = held.upload();
  await held.save({ state: 'failed', error: toUploadError(error), kept: null }, { release: true });
  await blobs.uploads.discard({ key: location.key, kept }, { signal }).catch(() => undefined);
}
