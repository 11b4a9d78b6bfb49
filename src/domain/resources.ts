// The service that every tongue calls: each rule is behind it, and nothing of a tongue is in it.
import { MAX_RECORD_BYTES, weigh } from './caller/answer-allowance.ts';
import type { Caller } from './caller/caller.ts';
import { type Attempt, openAttempt } from './caller/idempotency.ts';
import { requireScope } from './caller/principal.ts';
import { type Changes, createChanges } from './changes.ts';
import { openDataUri } from './content/data-uri.ts';
import { isMimeType } from './content/mime-type.ts';
import { type StagedContent, stageStream } from './content/staging.ts';
import { type Created, type CreatePorts, type CreateResourceInput, createResource } from './create/create-resource.ts';
import type { DownloadPorts } from './download/download.ts';
import { createDownloads, type Downloads } from './downloads.ts';
import { GatewayError, invalidInput } from './errors.ts';
import { isId } from './fields/ids.ts';
import { createReads, type Reads } from './find/find-resource.ts';
import type { ByteStream, IdempotencyKeys } from './flow/stream.ts';
import type { Resource } from './resource.ts';

type Parts = Reads & Changes & Downloads;

/** All that can be done with resources. Every call is made for one caller and keeps to that caller's account. */
export type Resources = Parts & {
  /**
   * Begins a request before its body is read; see `openAttempt`. The tongue disposes what it gets back, last.
   * @throws GatewayError `request_in_progress`
   */
  open(caller: Caller): Promise<Attempt>;
  /** Stores one resource; see `createResource`. */
  create(input: CreateResourceInput, attempt: Attempt): Promise<Created>;
  /**
   * Takes in the text of a data URI while it arrives. The tongue disposes what it gets back.
   * @throws GatewayError `forbidden` before the first byte, `invalid_input`, `content_too_large`
   */
  stageDataUri(text: ByteStream, caller: Caller): Promise<StagedContent>;
  /** The same for bytes as they are, for example a form's file. @throws GatewayError `forbidden`, `content_too_large` */
  stageBytes(bytes: ByteStream, declared: { mimeType: string | null }, caller: Caller): Promise<StagedContent>;
  /** @throws GatewayError `forbidden`, `not_found`, which another account's resource is as well */
  byId(id: string, caller: Caller): Promise<Resource>;
  /** The same, null when it is not found. @throws GatewayError `forbidden` */
  findById(id: string, caller: Caller): Promise<Resource | null>;
};

/** What a create needs, and what repeating it safely does. */
export type ResourcesPorts = CreatePorts & {
  readonly repository: IdempotencyKeys;
  /** How long a repeat with the same idempotency key gets the first result. */
  readonly limits: { readonly idempotencyTtlMs: number };
};

/** The service over the given ports; it owns none of them. */
export function createResources(ports: ResourcesPorts & DownloadPorts): Resources {
  const stage = (bytes: ByteStream, declaredMimeType: string | null, { signal }: Caller) =>
    stageStream(bytes, { blobs: ports.blobs, ...ports.limits, signal, declaredMimeType });

  async function findById(id: string, { principal, allowance, turns, signal }: Caller): Promise<Resource | null> {
    requireScope(principal, 'resources:read');
    const { accountId } = principal;
    const find = () =>
      allowance.answer(MAX_RECORD_BYTES, async () => {
        const value = isId(id) ? await ports.repository.findById({ accountId, id }, { signal }) : null;
        return { value, bytes: weigh(value) };
      });
    return await turns.take(find, { signal });
  }

  return {
    ...createReads(ports),
    ...createChanges(ports),
    ...createDownloads(ports),

    open: (caller) => openAttempt(caller, { keys: ports.repository, ttlMs: ports.limits.idempotencyTtlMs }),

    async create(input, { principal, allowance, turns, signal, hold }) {
      allowance.takeCreates(1);
      return await createResource(input, { ...ports, principal, turns, signal, hold });
    },

    async stageDataUri(text, caller) {
      requireScope(caller.principal, 'resources:write');
      caller.allowance.takeContent();
      const { declaredMimeType, bytes } = await openDataUri(text);
      return await stage(bytes, declaredMimeType, caller);
    },

    async stageBytes(bytes, { mimeType }, caller) {
      requireScope(caller.principal, 'resources:write');
      if (mimeType !== null && !isMimeType(mimeType)) throw invalidInput('content', 'must have a type like text/plain');
      caller.allowance.takeContent();
      return await stage(bytes, mimeType, caller);
    },

    findById,

    async byId(id, caller) {
      const found = await findById(id, caller);
      if (found === null) throw new GatewayError('not_found', { id });
      return found;
    },
  };
}
