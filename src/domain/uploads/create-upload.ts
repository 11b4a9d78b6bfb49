// Begins an upload: a row that every gateway knows, and in the store nothing that the row does not name.
import { requireScope } from '../caller/principal.ts';
import { mayTakePlace, toConflict } from '../conflict.ts';
import { isMimeType } from '../content/mime-type.ts';
import { parseDescription, parseRule } from '../create/create-resource.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import { parseExpectedSha256 } from '../fields/digest.ts';
import { createId, createStorageKey } from '../fields/ids.ts';
import type { ResourceReads } from '../find/ports.ts';
import { requireRoom } from '../usage/usage.ts';
import { type FinishCall, type Finished, finishUpload, toUnfinished } from './finish-upload.ts';
import { dueOf } from './holds.ts';
import type { NewUpload } from './ports.ts';
import type { IntendedResource, Upload, UploadMethod } from './upload.ts';
import { requireUploadSize } from './upload-size.ts';
import type { DirectUploads } from './upload-store.ts';

export type CreateUploadInput = {
  /** Absent: it is said later, or is what has arrived when the upload is completed. */
  readonly sizeBytes?: number | undefined;
  /** What the whole content's sha256 has to be, in hex. */
  readonly expectedSha256?: string | undefined;
  /** `resumable` when absent. */
  readonly method?: UploadMethod | undefined;
  /** The create that the upload is to end in. */
  readonly resource?: (IntendedResource & { readonly expectedSha256?: string | undefined }) | undefined;
  /** The content's type, as its sender declares it. */
  readonly mimeType?: string | undefined;
  readonly sentMetadata?: string | undefined;
};

export type CreateUploadCall = FinishCall & { readonly repository: Pick<ResourceReads, 'findByPath'> };

/**
 * Begins an upload. An empty one is finished at once. A name that is taken is refused already now: most often it still is
 * when the content has arrived.
 * @throws GatewayError `forbidden`, also when the account has as many uploads as it may; `invalid_input`, `conflict`,
 *   `content_too_large`, `quota_exceeded`
 */
export async function createUpload(input: CreateUploadInput, call: CreateUploadCall): Promise<Finished> {
  requireScope(call.principal, 'resources:write');
  // An empty content has no bytes that could go another way.
  const method = input.sizeBytes === 0 ? 'resumable' : (input.method ?? 'resumable');
  const expectedSha256 = parseExpected(input);
  const upload: NewUpload = {
    id: createId(),
    accountId: call.principal.accountId,
    createdBy: call.principal.subject,
    method,
    state: 'open',
    sizeBytes: input.sizeBytes ?? null,
    offsetBytes: 0,
    partSizeBytes: null,
    expectedSha256,
    mimeType: parseMimeType(input.mimeType),
    ...(await parseIntended(input.resource, call)),
    sentMetadata: input.sentMetadata ?? null,
    location: { bucket: call.blobs.bucket, key: createStorageKey() },
    kept: null,
  };
  if (method === 'direct') return toUnfinished(await createDirect(upload, call));
  if (upload.sizeBytes !== null) requireUploadSize(upload.sizeBytes, call);
  const created = await insert(upload, call);
  if (created.sizeBytes !== 0) return toUnfinished(created);
  return await finishUpload(await call.uploads.holds.take(created, call), call);
}

async function createDirect(upload: NewUpload, call: CreateUploadCall): Promise<Upload> {
  const direct = requireDirectStore(call);
  const { accountId, sizeBytes, expectedSha256 } = upload;
  if (sizeBytes === null) throw invalidInput('sizeBytes', 'is required for a direct upload');
  requireUploadSize(sizeBytes, call, direct.maxBytes);
  const { signal, blobs } = call;
  const plan = await direct.plan({ sizeBytes, hasSha256: expectedSha256 !== null }, { accountId, signal });
  const { key } = upload.location;
  const kept = await direct.begin(key, { plan, sha256: expectedSha256, accountId, signal });
  try {
    return await insert({ ...upload, kept, partSizeBytes: plan.partSizeBytes }, call);
  } catch (thrown) {
    await blobs.uploads.discard({ key, kept }, { signal: call.uploads.holds.closing }).catch(() => undefined);
    throw thrown;
  }
}

/** @throws GatewayError `invalid_input` where clients cannot reach the store */
function requireDirectStore({ blobs }: CreateUploadCall): DirectUploads {
  const { direct } = blobs.uploads;
  if (direct !== null) return direct;
  throw invalidInput('method', 'must be resumable: this gateway keeps its contents where only itself can reach them');
}

async function insert(upload: NewUpload, call: CreateUploadCall): Promise<Upload> {
  const { uploadTtlMs: ttlMs, maxOpenUploads: maxOpen } = call.limits;
  const dueMs = dueOf({ ...upload, error: null });
  const created = await call.repository.createUpload(upload, { maxOpen, ttlMs, dueMs, signal: call.signal });
  if (created !== null) return created;
  const { accountId, sizeBytes, resourcesNeeded } = upload;
  await requireRoom({ bytes: sizeBytes ?? 0, resources: resourcesNeeded }, { ...call, accountId });
  const reason = `your account has ${maxOpen} uploads that are not finished, as many as it may; finish or cancel some`;
  throw new GatewayError('forbidden', { reason });
}

/** @throws GatewayError `invalid_input` when two are given that differ */
function parseExpected({ expectedSha256, resource }: CreateUploadInput): string | null {
  const [first, second] = [expectedSha256, resource?.expectedSha256].flatMap((sent) =>
    sent === undefined ? [] : [parseExpectedSha256(sent)],
  );
  if (first !== undefined && second !== undefined && first !== second) {
    throw invalidInput('expectedSha256', 'must not be given twice with two values');
  }
  return first ?? null;
}

function parseMimeType(mimeType: string | undefined): string | null {
  if (mimeType === undefined || mimeType === '') return null;
  if (!isMimeType(mimeType)) throw invalidInput('mimeType', 'must be a type like text/plain');
  return mimeType;
}

/** Checked now, so that no content arrives in vain; a create checks it again. */
async function parseIntended(
  resource: CreateUploadInput['resource'],
  call: CreateUploadCall,
): Promise<Pick<NewUpload, 'resource' | 'resourcesNeeded'>> {
  if (resource === undefined) return { resource: null, resourcesNeeded: 0 };
  const { expectedSha256: _, ...fields } = resource;
  const { name, directoryPath } = parseDescription(fields);
  const rule = parseRule(fields, { name });
  const intended = { resource: fields, resourcesNeeded: mayTakePlace(rule) ? 0 : 1 } as const;
  // With any other policy only the index knows, when the content is there.
  if (rule.policy !== 'error') return intended;
  const { accountId } = call.principal;
  const taken = await call.repository.findByPath({ accountId, directoryPath, name }, call);
  if (taken !== null) throw toConflict({ directoryPath, name, existingId: taken.id }, call.principal);
  return intended;
}
