// How large an upload may be.
import { GatewayError, invalidInput } from '../errors.ts';
import type { UploadPorts } from './call.ts';

/** @throws GatewayError `invalid_input` on `sizeBytes`, `content_too_large` */
export function requireUploadSize(
  sizeBytes: number,
  { limits, blobs }: Pick<UploadPorts, 'limits' | 'blobs'>,
  maxBytes = blobs.uploads.maxBytes,
): void {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw invalidInput('sizeBytes', 'must be a number of bytes');
  const most = Math.min(limits.maxContentBytes, maxBytes);
  if (sizeBytes > most) throw new GatewayError('content_too_large', { maxBytes: most });
}
