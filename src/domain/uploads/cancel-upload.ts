// Ends an upload before its time. It ends the request that has it, and frees its bytes, unless a resource has them.
import { requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import type { CallOptions } from '../flow/stream.ts';
import { toUploadRef, type UploadCall, type UploadPorts } from './call.ts';
import type { RemovedUpload } from './ports.ts';

/**
 * @returns false when there was none, which is no error: a repeat is harmless
 * @throws GatewayError `forbidden`, `upload_busy` while it is being finished
 */
export async function cancelUpload(id: string, call: UploadCall): Promise<boolean> {
  requireScope(call.principal, 'resources:write');
  if (!isId(id)) return false;
  try {
    const held = await call.uploads.holds.take(toUploadRef(id, call), call);
    const removed = await held.remove();
    if (removed !== null) await freeBytes(removed, { ...call, signal: call.uploads.holds.closing });
    return removed !== null;
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'not_found') return false;
    throw thrown;
  }
}

/** Frees what an upload has in the store whose row is gone; what cannot be freed now is the sweep's. */
export async function freeBytes(
  { upload, isShared }: RemovedUpload,
  { blobs, signal }: Pick<UploadPorts, 'blobs'> & CallOptions,
): Promise<void> {
  const { location, kept } = upload;
  if (isShared || location.bucket !== blobs.bucket) return;
  await blobs.uploads.discard({ key: location.key, kept }, { signal }).catch(() => undefined);
}
