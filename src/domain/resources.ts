// The service that every tongue calls: each rule is behind it, and nothing of a tongue is in it.
import type { CreateAllowance } from './allowance.ts';
import { type Changes, createChanges } from './changes.ts';
import { type CreatePorts, type CreateResourceInput, createResource } from './create-resource.ts';
import { openDataUri } from './data-uri.ts';
import type { DownloadPorts } from './download.ts';
import { createDownloads, type Downloads } from './downloads.ts';
import { GatewayError } from './errors.ts';
import { isId } from './ids.ts';
import type { ByteStream, CallOptions } from './ports.ts';
import { type Principal, requireScope } from './principal.ts';
import { createReads, type Reads } from './reads.ts';
import type { Resource } from './resource.ts';
import { type StagedContent, stageStream } from './staging.ts';

export type Caller = CallOptions & {
  readonly principal: Principal;
  /** What the request may still create; all its calls draw on the same one. */
  readonly allowance: CreateAllowance;
};

type Parts = Reads & Changes & Downloads;

/** All that can be done with resources. Every call is made for one caller and keeps to that caller's account. */
export type Resources = Parts & {
  /** Stores one resource; see `createResource`. */
  create(input: CreateResourceInput, caller: Caller): Promise<Resource>;
  /**
   * Takes in the text of a data URI while it arrives. The tongue disposes what it gets back.
   * @throws GatewayError `forbidden` before the first byte, `invalid_input`, `content_too_large`
   */
  stageDataUri(text: ByteStream, caller: Caller): Promise<StagedContent>;
  /** The same for bytes as they are, for example a form's file. @throws GatewayError `forbidden`, `content_too_large` */
  stageBytes(bytes: ByteStream, declared: { mimeType: string | null }, caller: Caller): Promise<StagedContent>;
  /** @throws GatewayError `forbidden`, `not_found`, which another account's resource is as well */
  byId(id: string, caller: Caller): Promise<Resource>;
};

/** The service over the given ports; it owns none of them. */
export function createResources(ports: CreatePorts & DownloadPorts): Resources {
  const stage = (bytes: ByteStream, declaredMimeType: string | null, { signal }: Caller) =>
    stageStream(bytes, { blobs: ports.blobs, ...ports.limits, signal, declaredMimeType });

  return {
    ...createReads(ports),
    ...createChanges(ports),
    ...createDownloads(ports),

    async create(input, { principal, allowance, signal }) {
      allowance.takeCreates(1);
      return await createResource(input, { ...ports, principal, signal });
    },

    async stageDataUri(text, caller) {
      requireScope(caller.principal, 'resources:write');
      caller.allowance.takeContent();
      const { declaredMimeType, bytes } = await openDataUri(text);
      return await stage(bytes, declaredMimeType, caller);
    },

    async stageBytes(bytes, { mimeType }, caller) {
      requireScope(caller.principal, 'resources:write');
      caller.allowance.takeContent();
      return await stage(bytes, mimeType, caller);
    },

    async byId(id, { principal, signal }) {
      requireScope(principal, 'resources:read');
      const found = isId(id)
        ? await ports.repository.findById({ accountId: principal.accountId, id }, { signal })
        : null;
      if (found === null) throw new GatewayError('not_found', { id });
      return found;
    },
  };
}
