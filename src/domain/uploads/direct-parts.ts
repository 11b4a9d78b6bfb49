// The parts of direct uploads: addresses to send them to, signed when they are asked for, and what the store has of them.
import { requireScope } from '../caller/principal.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import type { UploadCall } from './call.ts';
import { countParts, toDirectUpload } from './complete-upload.ts';
import { findUpload } from './find-uploads.ts';
import { requireDirect } from './settle-content.ts';
import type { Upload } from './upload.ts';
import type { ReceivedPart, SignedPart } from './upload-store.ts';

/** As many addresses as one request may ask for. */
export const MAX_SIGNED_PARTS = 100;
/** Long enough for a part over a slow line, and for those that wait for one of a browser's six connections. */
const SIGNED_SECONDS = 3_600;

export type UploadPartsInput = { readonly id: string; readonly numbers: readonly number[] };

export type SignedParts = { readonly parts: readonly SignedPart[]; readonly expiresAt: Date };

/** @throws GatewayError `forbidden`, `not_found`, `invalid_input` */
export async function signUploadParts({ id, numbers }: UploadPartsInput, call: UploadCall): Promise<SignedParts> {
  requireScope(call.principal, 'resources:write');
  if (numbers.length === 0 || numbers.length > MAX_SIGNED_PARTS) {
    throw invalidInput('numbers', `must hold 1–${MAX_SIGNED_PARTS} numbers of parts`);
  }
  const upload = await findUpload(id, call);
  const direct = toDirectUpload(requireOpenDirect(upload));
  const count = countParts(direct.plan);
  const wrong = numbers.find((number) => !Number.isInteger(number) || number < 1 || number > count);
  if (wrong !== undefined) throw invalidInput('numbers', `must be from 1 to ${count}, as many parts as the upload has`);
  // Its parts pass us by: that addresses are asked for is all that tells that somebody is at work.
  const { uploadTtlMs: ttlMs } = call.limits;
  const prolonged = await call.repository.prolongUpload(upload, { ttlMs, signal: call.signal });
  if (prolonged === null) throw new GatewayError('not_found', { uploadId: id });
  // Not beyond the upload's own end, after which the store refuses them anyway.
  const leftSeconds = Math.floor((prolonged.expiresAt.getTime() - Date.now()) / 1000);
  const expiresInSeconds = Math.max(1, Math.min(SIGNED_SECONDS, leftSeconds));
  const expiresAt = new Date(Date.now() + expiresInSeconds * 1000);
  const parts = await requireDirect(call).sign(direct, { numbers, expiresInSeconds, signal: call.signal });
  return { parts, expiresAt };
}

/** The parts that the store has. @throws GatewayError `forbidden`, `not_found`, `invalid_input` */
export async function listReceivedParts(id: string, call: UploadCall): Promise<readonly ReceivedPart[]> {
  const upload = requireOpenDirect(await findUpload(id, call));
  const storeCall = { accountId: upload.accountId, signal: call.signal };
  return (await requireDirect(call).received(toDirectUpload(upload), storeCall)) ?? [];
}

function requireOpenDirect(upload: Upload): Upload {
  if (upload.method !== 'direct') {
    throw invalidInput('the upload', 'has no parts: it is a resumable one; send its bytes to its address');
  }
  if (upload.state !== 'open') throw invalidInput('the upload', 'takes no more parts; it has ended');
  return upload;
}
