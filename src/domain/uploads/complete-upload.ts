// Asking for the end of an upload: idempotent, and the way to the last answer when that was lost.
import { requireScope } from '../caller/principal.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import { toUploadRef } from './call.ts';
import { type FinishCall, type Finished, finishUpload, showFinished } from './finish-upload.ts';
import type { HeldUpload } from './holds.ts';
import { failUpload, isUnsettled, requireDirect, settleParts } from './settle-content.ts';
import { hasAllBytes, type Upload } from './upload.ts';
import type { DirectUpload, ReceivedPart } from './upload-store.ts';

/**
 * Finishes an upload that has all its bytes, or tells again what it came to. An upload without a size gets the size that
 * it has.
 * @throws GatewayError `forbidden`, `not_found`, `invalid_input` when bytes are missing, `upload_busy`, and what its content
 *   or its create are refused with
 */
export async function completeUpload(id: string, call: FinishCall): Promise<Finished> {
  requireScope(call.principal, 'resources:write');
  const ref = toUploadRef(id, call);
  const found = await call.repository.findUpload(ref, call);
  if (found === null) throw new GatewayError('not_found', { uploadId: id });
  if (found.state === 'consumed' || found.state === 'failed') return await showFinished(found, call);
  const held = await call.uploads.holds.take(ref, call);
  try {
    await bringTogether(held, call);
  } catch (thrown) {
    await held.release();
    throw thrown;
  }
  return await finishUpload(held, call);
}

/** Makes sure that all bytes are there. Of a direct upload only the store knows. */
export async function bringTogether(held: HeldUpload, call: FinishCall): Promise<void> {
  const upload = held.upload();
  if (upload.state !== 'open' || isUnsettled(upload)) return;
  if (upload.method === 'direct') return await bringPartsTogether(held, call);
  if (upload.sizeBytes === null) await held.save({ sizeBytes: upload.offsetBytes });
  else if (!hasAllBytes(upload)) throw tooFew(upload);
}

async function bringPartsTogether(held: HeldUpload, call: FinishCall): Promise<void> {
  held.finish();
  const direct = toDirectUpload(held.upload());
  const signal = AbortSignal.any([call.uploads.holds.closing, held.lost]);
  const parts = await requireDirect(call).received(direct, { signal, accountId: held.upload().accountId });
  if (parts === null) return await adoptObject(held, call);
  requireParts(direct, parts);
  await settleParts(held, { direct, parts }, { ...call, signal });
}

/** An earlier completion got as far as the object; or somebody has cleaned the store up. */
async function adoptObject(held: HeldUpload, call: FinishCall): Promise<void> {
  const { accountId, location, sizeBytes } = held.upload();
  const looked = { accountId, sizeBytes: sizeBytes ?? 0, signal: call.signal };
  const isThere = await call.blobs.has(location.key, looked);
  if (isThere) return void (await held.save({ offsetBytes: sizeBytes ?? 0 }));
  const error = invalidInput('the upload', 'has lost its parts in the store; begin another');
  await failUpload(held, error, call);
  throw error;
}

/** Of a direct upload. */
export function toDirectUpload({ location, kept, sizeBytes, partSizeBytes, expectedSha256 }: Upload): DirectUpload {
  if (kept === null || sizeBytes === null || partSizeBytes === null) throw new Error('this upload is not direct');
  return { key: location.key, kept, plan: { sizeBytes, partSizeBytes }, sha256: expectedSha256 };
}

/** How many parts a plan has. */
export function countParts({ sizeBytes, partSizeBytes }: DirectUpload['plan']): number {
  return Math.ceil(sizeBytes / partSizeBytes);
}

const MAX_TOLD = 10;

function requireParts({ plan }: DirectUpload, parts: readonly ReceivedPart[]): void {
  const count = countParts(plan);
  const sizes = new Map(parts.map(({ number, sizeBytes }) => [number, sizeBytes]));
  const sizeOf = (number: number) =>
    number < count ? plan.partSizeBytes : plan.sizeBytes - (count - 1) * plan.partSizeBytes;
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter(
    (number) => sizes.get(number) !== sizeOf(number),
  );
  if (missing.length === 0) return;
  const told = missing.slice(0, MAX_TOLD).join(', ') + (missing.length > MAX_TOLD ? ', …' : '');
  throw invalidInput(
    'the upload',
    `lacks ${missing.length} of its ${count} parts: ${told}; send what is missing first`,
  );
}

function tooFew({ offsetBytes, sizeBytes }: Upload): GatewayError<'invalid_input'> {
  return invalidInput('the upload', `has ${offsetBytes} of ${sizeBytes} bytes; send the rest first`);
}
