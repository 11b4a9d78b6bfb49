// The one operation: a description and a content become a durable record. Blob first, row second, answer last.
import { parseDataUri } from './data-uri.ts';
import { GatewayError, invalidInput } from './errors.ts';
import { createId, createStorageKey } from './ids.ts';
import { type JsonObject, parseMetadata, parseTags } from './labels.ts';
import { resolveMimeType } from './mime-type.ts';
import { parseDirectoryPath, parseName } from './names.ts';
import type {
  BlobLocation,
  BlobStore,
  CallOptions,
  ContentRef,
  InsertOutcome,
  MimeTypeDetector,
  NewResource,
  RemoteOpener,
  ResourceRepository,
} from './ports.ts';
import { type Principal, requireScope } from './principal.ts';
import type { Resource } from './resource.ts';
import { type StagedContent, type StagingLimits, stageStream, stageWhole } from './staging.ts';

/** What a caller says. Exactly one of `content` and `uri` is to be given. */
export type CreateResourceInput = {
  readonly name: string;
  readonly directoryPath: string;
  /** A data URI, or content that a tongue has staged while it was arriving (and will dispose). */
  readonly content?: string | StagedContent | undefined;
  readonly uri?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: JsonObject | undefined;
};

/** What a create needs from the world. */
export type CreatePorts = {
  readonly blobs: BlobStore;
  readonly repository: ResourceRepository;
  readonly openRemote: RemoteOpener;
  readonly detectMimeType: MimeTypeDetector;
  readonly limits: StagingLimits;
};

type Call = CreatePorts & CallOptions & { readonly principal: Principal };

/** Whether content came staged, or as one string. */
type ContentSource =
  | { readonly kind: 'data_uri'; readonly text: string }
  | { readonly kind: 'staged'; readonly content: StagedContent }
  | { readonly kind: 'uri'; readonly uri: string };

/** A blob can be swept between our look-up and our insert; more than this often means that something else is wrong. */
const MAX_INSERT_ATTEMPTS = 3;

/**
 * Stores a resource for the caller's account. When it resolves, the record and its bytes survive a crash.
 * @throws GatewayError `forbidden`, `invalid_input`, `content_too_large`, `remote_failed`, `conflict`
 */
export async function createResource(input: CreateResourceInput, call: Call): Promise<Resource> {
  requireScope(call.principal, 'resources:write');
  const description = {
    name: parseName(input.name),
    directoryPath: parseDirectoryPath(input.directoryPath),
    tags: parseTags(input.tags ?? []),
    metadata: input.metadata === undefined ? null : parseMetadata(input.metadata),
  };
  const source = parseContentSource(input);
  if (source.kind === 'staged') return await storeResource({ ...description, ...LOCAL }, source.content, call);
  return source.kind === 'uri'
    ? await createFromUri(description, source.uri, call)
    : await createFromText(description, source.text, call);
}

async function createFromText(description: Description, text: string, call: Call): Promise<Resource> {
  const { declaredMimeType, bytes } = parseDataUri(text);
  await using content = await stageWhole(bytes, { ...call, ...call.limits, declaredMimeType });
  return await storeResource({ ...description, ...LOCAL }, content, call);
}

async function createFromUri(description: Description, uri: string, call: Call): Promise<Resource> {
  const { accountId } = call.principal;
  const { bytes, declaredMimeType, ...origin } = await call.openRemote(uri, { accountId, signal: call.signal });
  await using content = await stageStream(bytes, { ...call, ...call.limits, declaredMimeType });
  return await storeResource({ ...description, ...origin }, content, call);
}

function parseContentSource({ content, uri }: CreateResourceInput): ContentSource {
  if (content !== undefined && uri !== undefined) throw invalidInput('content', 'and uri exclude each other; send one');
  if (uri !== undefined) return { kind: 'uri', uri };
  if (content === undefined) throw invalidInput('content', 'or uri must be given');
  return typeof content === 'string' ? { kind: 'data_uri', text: content } : { kind: 'staged', content };
}

type Description = Pick<Resource, 'name' | 'directoryPath' | 'tags' | 'metadata'>;
type Origin = Pick<Resource, 'originalUri' | 'externalId' | 'externalStorageType'>;

/** Content that came with the request. */
const LOCAL: Origin = { originalUri: null, externalId: null, externalStorageType: null };

async function storeResource(description: Description & Origin, content: StagedContent, call: Call): Promise<Resource> {
  const { principal } = call;
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
  if (outcome.kind === 'conflict') {
    const existingId = principal.scopes.has('resources:read') ? outcome.existingId : null;
    throw new GatewayError('conflict', { directoryPath: record.directoryPath, name: record.name, existingId });
  }
  const { bucket, key } = outcome.location;
  const { sha256, sizeBytes } = content;
  return { ...record, sha256, sizeBytes, storageBucket: bucket, storageKey: key, updatedAt: createdAt };
}

type Settled = Exclude<InsertOutcome, { kind: 'blob_unknown' }>;

async function insert(record: NewResource, content: StagedContent, call: Call): Promise<Settled> {
  for (let attempt = 1; attempt <= MAX_INSERT_ATTEMPTS; attempt += 1) {
    const offered = await offer(record.accountId, content, call);
    const { sha256, sizeBytes } = content;
    const outcome = await call.repository.insert(record, { sha256, sizeBytes, offered });
    if (outcome.kind === 'blob_unknown') continue;
    const stored = offered?.inline === null ? offered.location : null;
    if (stored !== null && !(outcome.kind === 'created' && isSame(outcome.location, stored))) {
      await removeUnused(stored, call);
    }
    return outcome;
  }
  throw new Error('the blob kept vanishing between look-up and insert');
}

/** Where new content lies, made durable first; null when the account has it already. */
async function offer(accountId: string, content: StagedContent, call: Call): Promise<ContentRef['offered']> {
  if (content.inline !== null) {
    return { location: { bucket: INLINE_BUCKET, key: createStorageKey() }, inline: content.inline };
  }
  const known = await call.repository.findBlob({ accountId, sha256: content.sha256 }, call);
  return known === null ? { location: await content.store(call), inline: null } : null;
}

/** What `storage_bucket` says of a blob that lives in its database row. */
export const INLINE_BUCKET = 'database';

function isSame(a: BlobLocation, b: BlobLocation): boolean {
  return a.bucket === b.bucket && a.key === b.key;
}

/** The outcome is certain and the blob belongs to nobody. Failing here only leaves work to the sweep. */
async function removeUnused(location: BlobLocation, { blobs, signal }: Call): Promise<void> {
  await blobs.delete(location.key, { signal }).catch(() => {});
}
