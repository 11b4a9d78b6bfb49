// The composition root: opens the adapters, builds the service, mounts the transports.

import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { openAuthenticator } from './auth/authenticator.ts';
import { startDelivering } from './background/deliver-events.ts';
import { startHousekeeping } from './background/housekeeping.ts';
import type { Config } from './config.ts';
import { CONSOLE_FOLDER, mountConsole } from './console/mount.ts';
import { createConfirmedBlobs } from './domain/create/confirmed-blobs.ts';
import { createDownloadLinks, DOWNLOAD_SECRET_BYTES } from './domain/download/download-links.ts';
import { createProvedContents } from './domain/download/proved-contents.ts';
import { CURSOR_SECRET_BYTES, createEventCursors } from './domain/events/event-cursor.ts';
import { createLogLag } from './domain/events/log-lag.ts';
import type { CallOptions } from './domain/flow/stream.ts';
import { checkOwnStore, requireOwnStore } from './domain/maintenance/own-store.ts';
import { createResourceService } from './domain/resources.ts';
import { createUploadHolds } from './domain/uploads/holds.ts';
import { createLiveHashes } from './domain/uploads/live-hashes.ts';
import { createBodyReader } from './http/body/request-body.ts';
import { createOriginOf } from './http/origin.ts';
import { createMetricsServer, findSilent, mountProbes } from './http/probes.ts';
import { createRequestCount } from './http/request-count.ts';
import { createServer } from './http/server.ts';
import { detectMimeType } from './mime/detect-mime-type.ts';
import { createRemoteOpener, type RemoteAccess } from './remote/opener.ts';
import { DEFAULT_REMOTE_LIMITS } from './remote/options.ts';
import { createWebhookSender, DEFAULT_WEBHOOK_LIMITS, type WebhookAccess } from './remote/webhooks/sender.ts';
import { mountGraphql } from './resolvers/graphql/mount.ts';
import { mountTrpc } from './resolvers/trpc/mount.ts';
import { mountRest } from './rest/mount.ts';
import { mountReference } from './rest/reference/mount.ts';
import { mountS3Words } from './rest/s3-words.ts';
import { MAX_FIELDS_BYTES } from './schema/create-resource.ts';
import { writeRestEvent } from './schema/events.ts';
import type { TellStep } from './start/lines.ts';
import { openRecords } from './start/open-records.ts';
import { toBlobsPlace } from './start/places.ts';
import { openBlobStore } from './storage/open-blob-store.ts';
import { observeCalls, observeStore } from './telemetry/observe-calls.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { mountTus } from './tus/mount.ts';

export type App = {
  readonly telemetry: Telemetry;
  /** What opening it did to the database, by name. */
  readonly appliedMigrations: readonly string[];
  /** Accepts connections. @returns the address that callers use */
  listen(): Promise<string>;
  /** Not ready any more, no new connections, running requests finished within bounds, adapters closed. */
  close(): Promise<void>;
};

const BODY_LIMITS = {
  maxFieldsBytes: MAX_FIELDS_BYTES,
  maxDepth: 256,
  maxKeys: 10_000,
  maxFiles: 100,
  maxStreams: 256,
  maxLargeBodies: 512,
  smallBodyBytes: 64 * 1024,
  turnMs: 10_000,
  inlineBytes: 64 * 1024,
  idleMs: 30_000,
  minBytesPerSecond: 4096,
};
/** How long, and for how many blobs, a create need not ask the store again whether it has what the account has. */
const CONFIRMATIONS = { trustMs: 60_000, maxRemembered: 10_000 };
/** How long, and for how many contents, one that was hashed on its way out, and not touched since, is not hashed again. */
const PROOFS = { trustMs: 600_000, maxRemembered: 10_000 };
const OPEN_TIMEOUT_MS = 30_000;
const KEYS_NOT_FETCHED = "the issuer's keys could not be fetched; the last good ones, if any, serve on for a while";
const PROBE_TIMEOUT_MS = 3_000;
const CLEAN_UP_TIMEOUT_MS = 2_000;

/**
 * Opens everything that `config` names.
 * @param onStep told what is being done, since some of it may take long
 * @throws when a dependency cannot be used, saying which and why
 */
export async function openApp(config: Config, { onStep }: { onStep: TellStep } = { onStep: () => {} }): Promise<App> {
  const telemetry = createTelemetry(config);
  await using opened = new AsyncDisposableStack();
  const authenticator = opened.adopt(
    await openAuthenticator(config.auth, {
      onFetchFailed: (err, usableMs) => telemetry.logger.warn({ err, usableMs }, KEYS_NOT_FETCHED),
      onFetched: (fetched) => telemetry.recordCall({ dependency: 'keys', call: 'fetch', ...fetched }),
    }),
    (adapter) => adapter.close(),
  );
  if (config.auth.kind === 'jwks') telemetry.watchKeys(authenticator.keysState);
  onStep(`waiting for ${toBlobsPlace(config.storage)}`);
  const blobs = observeStore(
    opened.adopt(await openBlobStore(config.storage), (adapter) => adapter.close()),
    (call) => telemetry.recordCall({ dependency: 'storage', ...call }),
  );
  const repository = observeCalls(
    opened.adopt(await openRecords(config, { logger: telemetry.logger, onStep }), (adapter) => adapter.close()),
    { silent: ['close'], observe: (call) => telemetry.recordCall({ dependency: 'database', ...call }) },
  );
  telemetry.watchPool(repository.poolState);

  const storeId = await requireOwnStore({
    blobs,
    memory: repository,
    adopt: false,
    place: toBlobsPlace(config.storage),
    signal: AbortSignal.timeout(OPEN_TIMEOUT_MS),
  });
  const storage = {
    async check(call: CallOptions) {
      await Promise.all([blobs.check(call), checkOwnStore(storeId, { ...call, memory: repository })]);
    },
  };

  /** The database's, so that each gateway on it honours what the others give out. */
  const shareSecret = (name: string, sizeBytes: number) =>
    repository.shareSecret({ name, offered: randomBytes(sizeBytes) }, { signal: AbortSignal.timeout(OPEN_TIMEOUT_MS) });
  const remote = opened.adopt(openRemote(config, telemetry), (adapter) => adapter.close());
  const holds = opened.adopt(createUploadHolds({ records: repository, ttlMs: config.uploadTtlMs }), (adapter) =>
    adapter.close(),
  );
  telemetry.watchUploads(holds.count);
  const cursors = createEventCursors(await shareSecret('event-cursors', CURSOR_SECRET_BYTES));
  const sender = opened.adopt(openWebhookSender(config, telemetry), (adapter) => adapter.close());
  const deliverer = opened.adopt(
    startDelivering({
      store: repository,
      log: repository,
      sender,
      cursors,
      write: writeRestEvent,
      onAttempt: telemetry.countDelivery,
      onDisabled: ({ accountId, id: webhookId, disabledReason }) =>
        telemetry.logger.warn({ accountId, webhookId, disabledReason }, 'a webhook was switched off'),
      onFailure: (err) => telemetry.logger.warn({ err }, 'events could not be delivered; it is tried again'),
      drainMs: config.drainMs,
    }),
    (adapter) => adapter.close(),
  );
  const proved = createProvedContents({
    ...PROOFS,
    maxKeptBytes: config.contentCacheBytes,
    now: () => performance.now(),
  });
  telemetry.watchContents(proved.state);
  const operations = createResourceService({
    uploads: { holds, hashes: createLiveHashes() },
    blobs,
    confirmed: createConfirmedBlobs({ blobs, ...CONFIRMATIONS, now: () => performance.now() }),
    repository,
    openRemote: remote.open,
    detectMimeType,
    onHealed: telemetry.recordHealed,
    limits: config,
    ratePoints: config.ratePoints,
    downloads: {
      links: createDownloadLinks(await shareSecret('download-links', DOWNLOAD_SECRET_BYTES), { now: () => new Date() }),
      urlTtlSeconds: config.downloadUrlTtlSeconds,
      proved,
      onDamage: telemetry.recordDamage,
    },
    cursors,
    sender,
    onWebhookChanged: deliverer.add,
    onFeedFailure: (err) => telemetry.logger.warn({ err }, 'the log of events could not be read for live readers'),
  });
  repository.onCommitted((accountId, events) => {
    telemetry.countEvents(events);
    deliverer.wake(accountId);
  });
  const lag = createLogLag(repository, { now: () => performance.now() });
  telemetry.watchEvents({
    readers: () => operations.eventReaders().byTransport,
    lagMs: () => lag.measure({ signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }),
  });
  telemetry.watchUndelivered(() => repository.findOldestUndelivered({ signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }));
  const requests = createRequestCount(telemetry);
  const server = createServer({
    logger: telemetry.logger,
    trustProxy: config.trustProxy,
    rateOf: operations.rateState,
    ...requests.observer,
  });
  let stopping = false;
  const findUnready = async () =>
    stopping
      ? ['shutting down']
      : await findSilent(
          { database: repository, storage, keys: authenticator },
          { timeoutMs: PROBE_TIMEOUT_MS, log: (fields) => telemetry.logger.warn(fields, 'not ready') },
        );
  const { readBody, readBytes, slots: bodySlots } = createBodyReader(BODY_LIMITS, operations);
  telemetry.watchSlots(() => ({
    ...bodySlots(),
    storeReads: operations.readSlots(),
    remoteFetches: remote.slots(),
    webhookMessages: sender.slots(),
    statements: repository.statementSlots(),
    ...blobs.slots(),
  }));
  const transport = {
    operations,
    authenticate: authenticator.authenticate,
    readBody,
    readBytes,
    originOf: createOriginOf(config.publicUrl),
  };
  const metricsServer = config.metricsAddress === null ? null : createMetricsServer(telemetry.metrics);
  mountProbes(server, { findUnready, metrics: metricsServer === null ? telemetry.metrics : null });
  const hasConsole = mountConsole(server, { folder: CONSOLE_FOLDER, signIn: config.consoleSignIn });
  mountReference(server, { hasConsole });
  mountRest(server, transport);
  const graphql = mountGraphql(server, { ...transport, introspection: config.graphqlIntrospection });
  mountTrpc(server, transport);
  mountTus(server, transport);
  mountS3Words(server, transport);

  const { versions, trashTtlMs, eventsTtlMs } = config;
  const { graceMs, intervalMs } = config.sweep;
  const [catalog, keys, records, log] = [repository, repository, repository, repository];
  const sweep = { blobs, catalog, keys, records, versions, trashTtlMs, graceMs };
  const work = { sweep, sweepIntervalMs: intervalMs > 0 ? intervalMs : null, operations, log, eventsTtlMs };
  opened.adopt(startHousekeeping(work, telemetry), (housekeeping) => housekeeping.close());

  const adapters = opened.move();
  return {
    telemetry,
    appliedMigrations: repository.appliedMigrations,
    async listen() {
      if (metricsServer !== null) await listenForMetrics(metricsServer, config, telemetry);
      const address = await server.listen({
        host: config.host,
        port: config.port,
        listenTextResolver: () => 'accepting connections',
      });
      // It takes a tenth of a second and more, for which nobody who begins with REST has to wait.
      setImmediate(() => graphql.load().catch((err) => telemetry.logger.error({ err }, 'GraphQL cannot be loaded')));
      return address;
    },
    async close() {
      stopping = true;
      // A load balancer has to see the refusing /readyz before connections are refused.
      await setTimeoutPromise(config.stopDelayMs);
      // They would go on for as long as their leases last.
      operations.endEvents();
      const timer = setTimeout(() => server.server.closeAllConnections(), config.drainMs);
      await Promise.all([server.close().finally(() => clearTimeout(timer)), deliverer.close()]);
      // Whom the end of the drain cut off still frees what it staged, and has its line in the log.
      await Promise.race([requests.allDone(), setTimeoutPromise(CLEAN_UP_TIMEOUT_MS, undefined, { ref: false })]);
      metricsServer?.closeAllConnections();
      metricsServer?.close();
      await adapters.disposeAsync();
    },
  };
}

/** Tells the log where; the service's own address tells nothing of it. */
async function listenForMetrics(server: Server, { metricsAddress }: Config, { logger }: Telemetry): Promise<void> {
  server.listen({ host: metricsAddress?.host, port: metricsAddress?.port ?? 0 });
  await once(server, 'listening');
  const bound = server.address();
  if (bound !== null && typeof bound === 'object') {
    logger.info({ metricsAddress: `http://${bound.address}:${bound.port}/metrics` }, 'telling metrics');
  }
}

function openRemote({ remote, maxContentBytes }: Config, { logger }: Telemetry): RemoteAccess {
  return createRemoteOpener({
    ...remote,
    limits: { ...DEFAULT_REMOTE_LIMITS, maxBytes: maxContentBytes },
    // The system's resolver, its hosts file included.
    lookup: (hostname) => lookup(hostname, { all: true }),
    onBlocked: (target) => logger.warn({ target }, 'refused to fetch'),
  });
}

function openWebhookSender({ remote }: Config, { logger }: Telemetry): WebhookAccess {
  return createWebhookSender({
    ...remote,
    limits: DEFAULT_WEBHOOK_LIMITS,
    lookup: (hostname) => lookup(hostname, { all: true }),
    onBlocked: (target) => logger.warn({ target }, 'refused to deliver'),
  });
}
