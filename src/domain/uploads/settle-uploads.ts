// Looks after uploads unasked: finishes those that have all their bytes, and removes those that have expired, whichever
// gateway took them in. Safe beside running requests and other gateways.
import { GatewayError } from '../errors.ts';
import type { CallOptions } from '../flow/stream.ts';
import { freeBytes } from './cancel-upload.ts';
import { bringTogether } from './complete-upload.ts';
import { type FinishPorts, finishUpload } from './finish-upload.ts';
import type { HeldUpload } from './holds.ts';
import type { Upload } from './upload.ts';

export type SettleCall = FinishPorts &
  CallOptions & {
    /** Hears of each upload that could not be finished, and why. */
    readonly onFailed: (failure: { readonly uploadId: string; readonly thrown: unknown }) => void;
  };

export type SettledUploads = { readonly finished: number; readonly expired: number; readonly failed: number };

const PAGE_UPLOADS = 50;
/** When one that could not be settled is looked at again. */
const AGAIN_MS = 60_000;

/**
 * Settles all uploads that are due. What one of them fails with is left to the next time.
 * @throws what the records throw
 */
export async function settleUploads(call: SettleCall): Promise<SettledUploads> {
  const counts = { finished: 0, expired: 0, failed: 0 };
  for (;;) {
    call.signal.throwIfAborted();
    const due = await call.repository.takeDueUploads({ limit: PAGE_UPLOADS, againMs: AGAIN_MS, signal: call.signal });
    for (const upload of due) {
      const outcome = await settleOne(upload, call);
      if (outcome !== null) counts[outcome] += 1;
    }
    if (due.length < PAGE_UPLOADS) return counts;
  }
}

async function settleOne(upload: Upload, call: SettleCall): Promise<keyof SettledUploads | null> {
  const removed = await call.repository.removeExpiredUpload(upload, call);
  if (removed !== null) {
    await freeBytes(removed, call);
    return 'expired';
  }
  if (upload.state !== 'open' && upload.state !== 'complete') return null;
  const held = await call.uploads.holds.takeIfFree(upload, call).catch(() => null);
  return held === null ? null : await finishUnasked(held, call);
}

/** For whoever began it: the right to write was judged with the request that brought the last byte. */
async function finishUnasked(held: HeldUpload, call: SettleCall): Promise<'finished' | 'failed' | null> {
  const { accountId, createdBy: subject } = held.upload();
  const principal = { accountId, subject, scopes: new Set(['resources:write']), expiresAtMs: Number.POSITIVE_INFINITY };
  const finishing = { ...call, principal, requestId: `upload ${held.upload().id}` };
  try {
    await bringTogether(held, finishing);
  } catch (thrown) {
    const { id: uploadId, state } = held.upload();
    await held.release();
    // Parts that are still missing are nothing to tell of.
    if (thrown instanceof GatewayError && thrown.code === 'invalid_input' && state === 'open') return null;
    call.onFailed({ uploadId, thrown });
    return 'failed';
  }
  try {
    await finishUpload(held, finishing);
    return 'finished';
  } catch (thrown) {
    call.onFailed({ uploadId: held.upload().id, thrown });
    return 'failed';
  }
}
