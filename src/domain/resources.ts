// The service that every transport calls: one table of operations, each (input, call). Each rule is behind it, and
// nothing of a transport is in it.

import type { Caller } from './caller/caller.ts';
import { COSTS, CREATE_COST } from './caller/costs.ts';
import { type Attempt, openAttempt } from './caller/idempotency.ts';
import type { IdempotencyKeys } from './caller/idempotency-keys.ts';
import { requireScope } from './caller/principal.ts';
import { createRatePoints, type RateLeases, type RatePolicy, type RateState } from './caller/rate-points.ts';
import { createShares, type Shares, type SharesState } from './caller/shares.ts';
import { deleteResource, deleteResources } from './change/delete-resources.ts';
import { deleteDirectory, moveDirectory } from './change/directory-changes.ts';
import { updateResource } from './change/update-resource.ts';
import { openDataUri } from './content/data-uri.ts';
import { isMimeType } from './content/mime-type.ts';
import { type StagedContent, stageStream } from './content/staging.ts';
import type { UploadOpener } from './content/upload-opener.ts';
import { createMany } from './create/create-many.ts';
import { type CreatePorts, createOne } from './create/create-resource.ts';
import {
  createDownloadAddress,
  type Download,
  type DownloadPorts,
  findDownload,
  findLinkedDownload,
  findVersionDownload,
} from './download/download.ts';
import type { DownloadLink } from './download/download-links.ts';
import { invalidInput } from './errors.ts';
import { listEvents } from './events/list-events.ts';
import { createLiveReading, type LiveReading } from './events/live-reading.ts';
import { type ReaderTransport, watchEvents } from './events/watch-events.ts';
import { countResources } from './find/count-resources.ts';
import { findById, findByIds, findByPath } from './find/find-resource.ts';
import { listResources } from './find/list-resources.ts';
import { readDirectory } from './find/read-directory.ts';
import type { ByteStream, CallOptions } from './flow/stream.ts';
import type { ResourceRepository } from './records.ts';
import { deleteTrashed, emptyTrash, listTrash, restoreManyTrashed, restoreTrashed } from './trash/trash.ts';
import { appendUpload } from './uploads/append-upload.ts';
import type { UploadPorts } from './uploads/call.ts';
import { cancelUpload } from './uploads/cancel-upload.ts';
import { completeUpload } from './uploads/complete-upload.ts';
import { createUpload } from './uploads/create-upload.ts';
import { listReceivedParts, signUploadParts } from './uploads/direct-parts.ts';
import { findUpload, listUploads, locateUpload } from './uploads/find-uploads.ts';
import type { FinishPorts } from './uploads/finish-upload.ts';
import { createUploadOpener } from './uploads/open-upload.ts';
import { type SettleCall, type SettledUploads, settleUploads } from './uploads/settle-uploads.ts';
import type { UsageRecords } from './usage/ports.ts';
import { findUsage, requireRoom } from './usage/usage.ts';
import { listVersions } from './versions/list-versions.ts';
import { restoreVersion } from './versions/restore-version.ts';
import { listDeliveries } from './webhooks/list-deliveries.ts';
import {
  createWebhook,
  deleteWebhook,
  findWebhook,
  listWebhooks,
  replayWebhook,
  rotateWebhookSecret,
  updateWebhook,
  type WebhookPorts,
} from './webhooks/manage-webhooks.ts';
import { testWebhook } from './webhooks/test-webhook.ts';

/** What an operation is given beside its input. */
type Call = ResourcesPorts & Caller & LiveReading & { readonly reads: Shares; readonly openUpload: UploadOpener };

type Operation = (input: never, call: Call) => Promise<unknown>;
type Bind = (input: never, caller: Caller) => Promise<unknown>;

/** Operations that are little more than one call at the database each; of one request, few of them are there at once. */
const QUEUED = {
  resources: listResources,
  resourceCount: countResources,
  directory: readDirectory,
  updateResource,
  deleteResource,
  deleteResources,
  moveDirectory,
  deleteDirectory,
  createUpload,
  upload: findUpload,
  uploads: listUploads,
  cancelUpload,
  uploadParts: signUploadParts,
  receivedParts: listReceivedParts,
  completeUpload,
  events: listEvents,
  versions: listVersions,
  restoreVersion,
  trash: listTrash,
  restoreTrashed,
  restoreManyTrashed,
  deleteTrashed,
  emptyTrash,
  usage: findUsage,
  createWebhook,
  webhook: findWebhook,
  webhooks: listWebhooks,
  updateWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  replayWebhook,
  webhookDeliveries: listDeliveries,
} satisfies { readonly [name: string]: Operation };

/** Operations that share statements, and those that wait for content or the store and take their turns inside. */
const UNQUEUED = {
  resource: findById,
  resourceByPath: findByPath,
  createResource: createOne,
  createResources: createMany,
  content: findDownload,
  versionContent: findVersionDownload,
  downloadUrl: createDownloadAddress,
  appendUpload,
  uploadOffset: locateUpload,
  resourcesById: findByIds,
  resourceEvents: watchEvents,
  testWebhook,
} satisfies { readonly [name: string]: Operation };

type Table = typeof QUEUED & typeof UNQUEUED;
type Cost<Input> = number | ((input: Input) => number);
const costs: { readonly [Name in keyof Table]: Cost<Parameters<Table[Name]>[0]> } = COSTS;

/** All that can be done with resources; see each function. Every call keeps to its caller's account. */
export type Resources = {
  readonly [Name in keyof Table]: (input: Parameters<Table[Name]>[0], caller: Caller) => ReturnType<Table[Name]>;
} & {
  /**
   * Begins a request before its body is read; see `openAttempt`. The transport disposes what it gets back, last.
   * @throws GatewayError `request_in_progress`
   */
  open(caller: Caller): Promise<Attempt>;
  /**
   * Takes in the text of a data URI while it arrives. The transport disposes what it gets back.
   * @throws GatewayError `forbidden` and `rate_limited` before the first byte, `invalid_input`, `content_too_large`
   */
  stageDataUri(text: ByteStream, caller: Caller): Promise<StagedContent>;
  /**
   * Refuses a body that brings at least so many bytes of content before any of it is read.
   * @throws GatewayError `quota_exceeded`
   */
  requireRoom(neededBytes: number, caller: Caller): Promise<void>;
  /** The same for bytes as they are, for example a form's file; throws the same. */
  stageBytes(bytes: ByteStream, declared: { mimeType: string | null }, caller: Caller): Promise<StagedContent>;
  /** The content that a link permits to read, without a token. @throws GatewayError `forbidden`, `not_found` */
  linkedContent(link: DownloadLink, options: CallOptions): Promise<Download>;
  /** What every upload has to keep to. */
  readonly uploadLimits: { readonly maxBytes: number; readonly ttlMs: number };
  /** Looks after uploads unasked; see `settleUploads`. */
  settleUploads(options: Omit<SettleCall, keyof FinishPorts>): Promise<SettledUploads>;
  /** What the account has left of its rate points, as far as this process knows; null when it knows nothing of it. */
  rateState(accountId: string): RateState | null;
  /** What is taken of the contents that may be read from the store at once. */
  readSlots(): SharesState;
  /** How many read events as they come: in all, beside how many may, and by transport. */
  eventReaders(): SharesState & { readonly byTransport: { readonly [transport in ReaderTransport]: number } };
  /** Ends everything that tells events as they come; the clients come again, elsewhere. */
  endEvents(): void;
};

/** What the service needs, and what repeating a create safely does. */
export type ResourcesPorts = Omit<CreatePorts, 'openUpload'> &
  DownloadPorts &
  UploadPorts &
  WebhookPorts & {
    readonly repository: ResourceRepository & IdempotencyKeys & RateLeases & UsageRecords;
    /** Null: nobody's requests are counted. */
    readonly ratePoints: RatePolicy | null;
    /** Is told when the log could not be looked at for what is new. */
    readonly onFeedFailure: (error: unknown) => void;
    /** How long a repeat with the same idempotency key gets the first result. */
    readonly limits: { readonly idempotencyTtlMs: number; readonly trashTtlMs: number };
  };

/** Contents that one process reads from its store at once, each for as long as its reader takes. */
const MAX_READS = 256;
const READ_SHARES = {
  max: MAX_READS,
  maxPerAccount: MAX_READS / 2,
  waitMs: 10_000,
  maxWaitingPerAccount: 1_000,
  full: 'too many downloads are running',
};

/** The service over the given ports; it owns none of them. */
export function createResourceService(adapters: ResourcesPorts): Resources {
  const { repository, cursors } = adapters;
  const live = createLiveReading({ log: repository, cursors, onFailure: adapters.onFeedFailure });
  repository.onCommitted(live.feed.wake);
  const ports = {
    ...adapters,
    reads: createShares(READ_SHARES),
    openUpload: createUploadOpener(adapters),
    ...live,
  };
  const rate = createRatePoints({ leases: repository, policy: adapters.ratePoints, now: () => performance.now() });
  const charge = (name: keyof Table, run: Bind): Bind => {
    const cost: Cost<never> = costs[name];
    if (adapters.ratePoints === null || cost === 0) return run;
    return async (input, caller) => {
      const points = typeof cost === 'number' ? cost : cost(input);
      await rate.take(points, { signal: caller.signal, accountId: caller.principal.accountId });
      return await run(input, caller);
    };
  };
  const bind = (name: keyof Table, run: Operation) =>
    charge(name, (input, caller) => run(input, { ...ports, ...caller }));
  const queue = (name: keyof Table, run: Operation) =>
    charge(name, (input, caller) => caller.turns.take(() => run(input, { ...ports, ...caller }), caller));
  const stage = (bytes: ByteStream, declaredMimeType: string | null, { signal, principal: { accountId } }: Caller) => {
    // What it is for, and so whether it replaces, is told with it or after it.
    const findRoom = () => requireRoom({ bytes: 0, resources: 0 }, { accountId, repository, signal });
    return stageStream(bytes, { blobs: ports.blobs, ...ports.limits, signal, accountId, declaredMimeType, findRoom });
  };

  /** Before the first byte is taken in. */
  function begin({ principal, allowance }: Caller): void {
    requireScope(principal, 'resources:write');
    rate.requireLeft(CREATE_COST, principal.accountId);
    allowance.takeContent();
  }

  return {
    ...mapValues(QUEUED, queue),
    ...mapValues(UNQUEUED, bind),

    open: (caller) => openAttempt(caller, { keys: ports.repository, ttlMs: ports.limits.idempotencyTtlMs }),

    async stageDataUri(text, caller) {
      begin(caller);
      const { declaredMimeType, bytes } = await openDataUri(text);
      return await stage(bytes, declaredMimeType, caller);
    },

    async requireRoom(neededBytes, { signal, principal: { accountId, scopes } }) {
      // Who may not write is told so by what it asks for.
      if (!scopes.has('resources:write')) return;
      await requireRoom({ bytes: neededBytes, resources: 0 }, { accountId, repository, signal });
    },

    async stageBytes(bytes, { mimeType }, caller) {
      requireScope(caller.principal, 'resources:write');
      if (mimeType !== null && !isMimeType(mimeType)) throw invalidInput('content', 'must have a type like text/plain');
      begin(caller);
      return await stage(bytes, mimeType, caller);
    },

    linkedContent: (link, { signal }) => findLinkedDownload(link, { ...ports, signal }),
    uploadLimits: {
      maxBytes: Math.min(ports.limits.maxContentBytes, ports.blobs.uploads.maxBytes),
      ttlMs: ports.limits.uploadTtlMs,
    },
    settleUploads: (options) => settleUploads({ ...ports, ...options }),
    rateState: rate.state,
    readSlots: ports.reads.state,
    eventReaders: () => ({ ...live.readers.state(), byTransport: { ...live.counts } }),
    endEvents: live.feed.close,
  };
}

/** TypeScript cannot follow each entry's own types through a loop; the table's entries are checked where it stands. */
function mapValues<Entries extends { readonly [name: string]: Operation }>(
  entries: Entries,
  bind: (name: keyof Table, run: Operation) => unknown,
) {
  const bound = Object.entries(entries).map(([name, run]) => [name, bind(name as keyof Table, run)]);
  return Object.fromEntries(bound) as Pick<Resources, Extract<keyof Entries, keyof Table>>;
}
