// The one operation: a description and a content become a durable record. Blob first, row second, answer last.

import { answerRecord } from '../caller/answer-allowance.ts';
import type { Caller } from '../caller/caller.ts';
import type { Claim } from '../caller/claim.ts';
import { inProgress } from '../caller/idempotency.ts';
import { type Principal, requireScope } from '../caller/principal.ts';
import type { Turns } from '../caller/turns.ts';
import {
  type ConflictInput,
  type ConflictRule,
  type CreateResult,
  mayTakePlace,
  parseConflictRule,
  toConflict,
} from '../conflict.ts';
import type { BlobLocation, BlobStore } from '../content/blob-store.ts';
import { parseDataUri } from '../content/data-uri.ts';
import { type MimeTypeDetector, resolveMimeType } from '../content/mime-type.ts';
import type { RemoteOpener } from '../content/remote-opener.ts';
import { type StagedContent, type StagingLimits, stageStream, stageWhole } from '../content/staging.ts';
import { isUploadUri, type UploadOpener } from '../content/upload-opener.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import { parseExpectedSha256, requireSha256 } from '../fields/digest.ts';
import { createId } from '../fields/ids.ts';
import { type JsonObject, type JsonValue, parseMetadata, parseTags } from '../fields/labels.ts';
import { parseDirectoryPath, parseName } from '../fields/names.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import type { UsageRecords } from '../usage/ports.ts';
import { quotaExceeded, requireRoom } from '../usage/usage.ts';
import type { ConfirmedBlobs } from './confirmed-blobs.ts';
import { type ContentSource, parseContentSource, toSourceMark } from './content-source.ts';
import { toFingerprint } from './fingerprint.ts';
import { type Healed, healInline, isPlaced, type Offer, offer, offerStored, take, toLocation } from './offer.ts';
import type { InsertOutcome, NewResource, ResourceInserts } from './ports.ts';

/** What a caller says. Exactly one of `content` and `uri` is to be given. */
export type CreateResourceInput = {
  readonly name: string;
  readonly directoryPath: string;
  /** A data URI, or content that a transport has staged while it was arriving (and will dispose). */
  readonly content?: string | StagedContent | undefined;
  readonly uri?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: JsonObject | undefined;
  /** What the content's sha256 has to be, in hex; part of neither the record nor the input's fingerprint. */
  readonly expectedSha256?: string | undefined;
} & ConflictInput;

/** `isReplay`: nothing was stored; the rest is what an earlier request with the same key was answered. */
export type Created = { readonly resource: Resource; readonly result: CreateResult; readonly isReplay: boolean };

/** What a create needs from the world. */
export type CreatePorts = {
  readonly blobs: BlobStore;
  /** Over `blobs`. */
  readonly confirmed: ConfirmedBlobs;
  readonly repository: ResourceInserts & Pick<UsageRecords, 'findRoom'>;
  readonly openRemote: RemoteOpener;
  readonly openUpload: UploadOpener;
  readonly detectMimeType: MimeTypeDetector;
  /** Told of each content that a create has brought back. */
  readonly onHealed: (healed: Healed) => void;
  readonly limits: StagingLimits & CreateLimits;
};

export type CreateLimits = {
  /** From content's first byte to its record, for content that lies in the store; less than the sweep's grace. */
  readonly maxCreateMs: number;
};

type Request = CreatePorts &
  CallOptions & {
    readonly requestId: string;
    readonly principal: Principal;
    readonly turns: Turns;
    readonly takeClaim: (() => Claim) | null;
  };

/** A request whose key, if it has one, is held, with what its source and its proof of content are. */
type Call = Omit<Request, 'takeClaim'> & {
  readonly claim: Extract<Claim, { kind: 'claimed' }> | null;
  readonly source: ContentSource;
  readonly expectedSha256: string | null;
  readonly rule: ConflictRule;
};

/**
 * Stores a resource for the caller's account. When it resolves, the record and its bytes survive a crash.
 * @throws GatewayError `forbidden`, `invalid_input`, `content_too_large`, `remote_failed`, `digest_mismatch`, `conflict`,
 *   `quota_exceeded`, `precondition_failed`, `idempotency_key_reused`, `request_in_progress`
 */
export async function createResource(input: CreateResourceInput, { takeClaim, ...request }: Request): Promise<Created> {
  requireScope(request.principal, 'resources:write');
  const claim = takeClaim?.() ?? null;
  const description = parseDescription(input);
  const source = parseContentSource(input);
  const rule = parseRule(input, description);
  const expectedSha256 = input.expectedSha256 === undefined ? null : parseExpectedSha256(input.expectedSha256);
  if (claim?.kind === 'done') {
    const fingerprint = toFingerprint(description, toSourceMark(source), { conflict: toConflictMark(rule) });
    if (fingerprint !== claim.fingerprint) {
      throw new GatewayError('idempotency_key_reused', {});
    }
    requireSha256(claim.resource.sha256, { expected: expectedSha256 });
    return { resource: claim.resource, result: claim.outcome, isReplay: true };
  }
  const stored = await createFrom(source, description, { ...request, claim, source, expectedSha256, rule });
  return { ...stored, isReplay: false };
}

/** What a create asks for when its place is taken. @throws GatewayError `invalid_input` */
export function parseRule(
  input: ConflictInput & Pick<CreateResourceInput, 'tags' | 'metadata'>,
  { name }: Pick<Description, 'name'>,
): ConflictRule {
  return parseConflictRule(input, {
    name,
    keepsTags: input.tags === undefined,
    keepsMetadata: input.metadata === undefined,
  });
}

/** What of a rule belongs to the input's fingerprint: nothing of the one that has always been. */
function toConflictMark({ policy, ifMatch, keepsTags, keepsMetadata }: ConflictRule): readonly JsonValue[] {
  if (policy === 'error') return [];
  if (policy !== 'replace') return [policy];
  const expected = ifMatch && (ifMatch.updatedAt?.map((time) => time.toISOString()) ?? '*');
  return [policy, expected, keepsTags, keepsMetadata];
}

/** What a create says of its resource, checked. @throws GatewayError `invalid_input` */
export function parseDescription(
  input: Pick<CreateResourceInput, 'name' | 'directoryPath' | 'tags' | 'metadata'>,
): Description {
  return {
    name: parseName(input.name),
    directoryPath: parseDirectoryPath(input.directoryPath),
    tags: parseTags(input.tags ?? []),
    metadata: input.metadata === undefined ? null : parseMetadata(input.metadata),
  };
}

/** The operation: the same, counted against what the request may create. */
export async function createOne(input: CreateResourceInput, call: CreatePorts & Caller): Promise<Created> {
  call.allowance.takeCreates(1);
  return await createCounted(input, call);
}

/** The same for one that `takeCreates` has counted already. */
export async function createCounted(
  input: CreateResourceInput,
  call: Request & Pick<Caller, 'allowance'>,
): Promise<Created> {
  const create = () => createResource(input, call);
  // What is there may weigh far more than what the request says of it.
  const mayAnswerOther = input.onConflict === 'keep' || input.onConflict === 'replace';
  return mayAnswerOther ? await answerRecord(call.allowance, create, ({ resource }) => resource) : await create();
}

type Stored = Omit<Created, 'isReplay'>;

async function createFrom(source: ContentSource, description: Description, call: Call): Promise<Stored> {
  if (source.kind === 'staged') return await storeResource({ ...description, ...LOCAL }, source.content, call);
  if (source.kind === 'data_uri') return await createFromText(description, source.text, call);
  return isUploadUri(source.uri)
    ? await createFromUpload(description, source.uri, call)
    : await createFromUri(description, source.uri, call);
}

async function createFromUpload(description: Description, uri: string, call: Call): Promise<Stored> {
  await using content = await call.openUpload(uri, call);
  const stored = await storeResource({ ...description, ...LOCAL }, content, call);
  const { location } = await content.store(call);
  // The record has the account's own blob, or the bytes in its row. What cannot be removed now is the sweep's.
  const isItsOwn = stored.resource.storageKey === location.key;
  if (!isItsOwn) await call.blobs.delete(location.key, call).catch(() => undefined);
  return stored;
}

async function createFromText(description: Description, text: string, call: Call): Promise<Stored> {
  const { declaredMimeType, bytes } = parseDataUri(text);
  await using content = await stageWhole(bytes, {
    ...call,
    ...call.limits,
    accountId: call.principal.accountId,
    declaredMimeType,
  });
  return await storeResource({ ...description, ...LOCAL }, content, call);
}

async function createFromUri(description: Description, uri: string, call: Call): Promise<Stored> {
  const { accountId } = call.principal;
  const { bytes, declaredMimeType, ...origin } = await call.openRemote(uri, { accountId, signal: call.signal });
  const resources = mayTakePlace(call.rule) ? 0 : 1;
  const findRoom = () => requireRoom({ bytes: 0, resources }, { ...call, accountId });
  await using content = await stageStream(bytes, { ...call, ...call.limits, accountId, declaredMimeType, findRoom });
  return await storeResource({ ...description, ...origin }, content, call);
}

type Description = Pick<Resource, 'name' | 'directoryPath' | 'tags' | 'metadata'>;
type Origin = Pick<Resource, 'originalUri' | 'externalId' | 'externalStorageType'>;

/** Content that came with the request. */
const LOCAL: Origin = { originalUri: null, externalId: null, externalStorageType: null };

async function storeResource(description: Description & Origin, content: StagedContent, call: Call): Promise<Stored> {
  const { principal } = call;
  requireSha256(content.sha256, { expected: call.expectedSha256 });
  const createdAt = new Date();
  const record: NewResource = {
    id: createId(createdAt.getTime()),
    accountId: principal.accountId,
    ...description,
    mimeType: await resolveMimeType(content, { name: description.name, detect: call.detectMimeType }),
    createdBy: principal.subject,
    createdAt,
  };
  const outcome = await insert(record, content, call);
  if (outcome.kind === 'conflict') throw toConflict({ ...record, existingId: outcome.existingId }, principal);
  if (outcome.kind === 'claim_lost') throw inProgress(0);
  if (outcome.kind === 'upload_taken')
    throw invalidInput('uri', 'names an upload whose content a resource has taken already');
  if (outcome.kind === 'stale') throw new GatewayError('precondition_failed', { id: null });
  if (outcome.kind === 'no_room') throw quotaExceeded(outcome.room, sizeOf(content));
  call.claim?.onStored();
  if (outcome.kind !== 'created') return { resource: outcome.resource, result: outcome.kind };
  const { bucket, key } = outcome.location;
  const { sha256, sizeBytes } = content;
  const place = { storageBucket: bucket, storageKey: key };
  return { resource: { ...record, sha256, sizeBytes, ...place, updatedAt: createdAt, version: 1 }, result: 'created' };
}

/** What is short when there is room for so many bytes less. What an upload has reserved is there already. */
const sizeOf = ({ uploadId, sizeBytes }: StagedContent) => (uploadId === null ? sizeBytes : 0);

type Settled = Exclude<InsertOutcome, { kind: 'blob_unknown' }>;

async function insert(record: NewResource, content: StagedContent, call: Call): Promise<Settled> {
  const first = await insertOnce(record, content, { call, offer: await offer(record.accountId, content, call) });
  if (isPlaced(first)) return await healInline(first, record, { content, call });
  if (first.kind !== 'blob_unknown') return first;
  // The blob that we had found was swept before our record referred to it: we bring our own.
  const second = await insertOnce(record, content, { call, offer: await offerStored(record.accountId, content, call) });
  if (second.kind === 'blob_unknown') throw new Error('a blob was offered and not taken');
  return second;
}

async function insertOnce(
  record: NewResource,
  content: StagedContent,
  { call, offer: { offered, stored } }: { call: Call; offer: Offer },
): Promise<InsertOutcome> {
  const { sha256, sizeBytes } = content;
  const ref = { sha256, sizeBytes, offered, uploadId: content.uploadId };
  const { claim, source, repository, rule } = call;
  // When this rejects, a record may refer to the bytes: they stay held, and what nobody took is left to the sweep.
  const outcome = await (claim === null
    ? repository.insert(record, ref, rule)
    : repository.insertKeyed(record, ref, {
        rule,
        claim: claim.claim,
        fingerprint: toFingerprint(record, source.kind === 'uri' ? source : content, {
          conflict: toConflictMark(rule),
        }),
        ttlMs: claim.ttlMs,
      }));
  if (stored !== null) {
    if (isPlaced(outcome) && isSame(toLocation(outcome), stored.location)) take(stored, call);
    else stored.giveBack();
  }
  return outcome;
}

function isSame(a: BlobLocation, b: BlobLocation): boolean {
  return a.bucket === b.bucket && a.key === b.key;
}
