// The end of an upload, once and by whoever comes: the request with its last byte, one that asks for the end, a repeat of
// either, or the background task. With the fields of a create it ends in a resource, under all rules of a create.
import { createAllowance } from '../caller/allowance.ts';
import type { Caller } from '../caller/caller.ts';
import { createTurns } from '../caller/turns.ts';
import type { CreateResult } from '../conflict.ts';
import { type CreatePorts, createResource } from '../create/create-resource.ts';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import type { UploadCall, UploadPorts } from './call.ts';
import type { HeldUpload } from './holds.ts';
import { isUnsettled, settleContent } from './settle-content.ts';
import { type IntendedResource, toRefusal, toUploadError, type Upload } from './upload.ts';

/**
 * An upload as it is now, and the resource that it ended in; null while there is none. `result`: what its create has come
 * to, for the request that made it.
 */
export type Finished = {
  readonly upload: Upload;
  readonly resource: Resource | null;
  readonly result: CreateResult | null;
};

/** An upload that has come to nothing yet. */
export function toUnfinished(upload: Upload): Finished {
  return { upload, resource: null, result: null };
}

export type FinishPorts = UploadPorts &
  CreatePorts & {
    readonly repository: {
      findById(resource: { accountId: string; id: string }, options: CallOptions): Promise<Resource | null>;
    };
  };

export type FinishCall = FinishPorts & UploadCall & Pick<Caller, 'requestId'>;

/**
 * Takes an upload that has all its bytes as far as it goes, and gives it up. It goes on when the client has gone, and is
 * left to others when the process stops.
 * @throws GatewayError what its content or its create are refused with, each time; the upload remembers it
 */
export async function finishUpload(held: HeldUpload, call: FinishCall): Promise<Finished> {
  held.finish();
  const { closing } = call.uploads.holds;
  try {
    const going = { ...call, signal: AbortSignal.any([closing, held.lost]) };
    if (isUnsettled(held.upload())) await settleContent(held, going);
    return await endInResource(held, going);
  } finally {
    await held.release();
  }
}

async function endInResource(held: HeldUpload, call: FinishCall): Promise<Finished> {
  const upload = held.upload();
  if (upload.state !== 'complete' || upload.resource === null) return await showFinished(upload, call);
  const { accountId, createdBy } = upload;
  const caller = {
    principal: { ...call.principal, accountId, subject: createdBy },
    allowance: createAllowance(),
    turns: createTurns(),
    takeClaim: null,
    idempotencyKey: null,
    requestId: call.requestId,
  };
  try {
    const created = await createResource(toInput(upload.resource, upload.id), { ...call, ...caller });
    const { resource, result } = created;
    // The record has taken the upload, and with it ended the hold.
    held.end();
    const consumed: Upload = { ...upload, state: 'consumed', resourceId: resource.id, error: null, isHeld: false };
    return { upload: consumed, resource, result };
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (!isPassing(error)) await held.save({ error: toUploadError(error) }, { release: true });
    throw error;
  }
}

function toInput(resource: IntendedResource, id: string) {
  return { ...resource, uri: `upload:${id}` };
}

/** Whether a repeat may meet something else, though nobody changes anything. */
function isPassing({ code }: GatewayError): boolean {
  return code === 'internal' || code === 'overloaded' || code === 'upload_busy' || code === 'request_in_progress';
}

/**
 * What has become of an upload that nothing is left to do for.
 * @throws GatewayError what it failed with; `not_found` when its resource has been deleted since
 */
export async function showFinished(upload: Upload, call: Pick<FinishCall, 'repository' | 'signal'>): Promise<Finished> {
  if (upload.error !== null) throw toRefusal(upload.error);
  const { accountId, resourceId: id, resource: intended } = upload;
  if (id === null || intended === null) return toUnfinished(upload);
  const resource = await call.repository.findById({ accountId, id }, call);
  if (resource === null) throw new GatewayError('not_found', { id });
  return { upload, resource, result: null };
}
