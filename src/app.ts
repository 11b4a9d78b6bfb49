// The composition root: opens the adapters, builds the service, mounts the tongues.
import { randomBytes } from 'node:crypto';
import { openAuthenticator } from './auth/authenticator.ts';
import type { Config } from './config.ts';
import { createDownloadLinks, DOWNLOAD_SECRET_BYTES, type DownloadLinks } from './domain/download-links.ts';
import type { BlobStore, CallOptions, ResourceRepository } from './domain/ports.ts';
import { createResources } from './domain/resources.ts';
import { createOriginOf } from './http/origin.ts';
import { mountProbes } from './http/probes.ts';
import { createBodyReader } from './http/request-body.ts';
import { createServer } from './http/server.ts';
import { detectMimeType } from './mime/detect-mime-type.ts';
import { openRepository } from './persistence/repository.ts';
import { createRemoteOpener, type RemoteAccess } from './remote/create-remote-opener.ts';
import { DEFAULT_REMOTE_LIMITS } from './remote/remote-options.ts';
import { systemLookup } from './remote/system-lookup.ts';
import { mountGraphql } from './resolvers/graphql.ts';
import { mountTrpc } from './resolvers/trpc.ts';
import { mountReference } from './rest/reference.ts';
import { mountRest } from './rest/routes.ts';
import { MAX_FIELDS_BYTES } from './schema/create-resource.ts';
import { openDirectoryStore } from './storage/directory-store.ts';
import { openS3Store } from './storage/s3-store.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';

export type App = {
  readonly telemetry: Telemetry;
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
  inlineBytes: 64 * 1024,
  idleMs: 30_000,
  minBytesPerSecond: 1024,
};
const OPEN_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 3_000;
const CLOSE_TIMEOUT_MS = 20_000;

/** Opens everything that `config` names. @throws when a dependency cannot be used, saying which and why */
export async function openApp(config: Config): Promise<App> {
  const telemetry = createTelemetry(config);
  await using opened = new AsyncDisposableStack();
  const authenticator = opened.adopt(await openAuthenticator(config.auth), (adapter) => adapter.close());
  const blobs = opened.adopt(await openBlobStore(config), (adapter) => adapter.close());
  const repository = opened.adopt(await openRepository(config), (adapter) => adapter.close());

  const remote = opened.adopt(openRemote(config, telemetry), (adapter) => adapter.close());
  const resources = createResources({
    blobs,
    repository,
    openRemote: remote.open,
    detectMimeType,
    limits: config,
    downloads: { links: await openDownloadLinks(repository), urlTtlSeconds: config.downloadUrlTtlSeconds },
  });
  const server = createServer({
    logger: telemetry.logger,
    onRequestStarted: telemetry.requestStarted,
    onRequestDone: telemetry.recordRequest,
  });
  let stopping = false;
  const findUnready = async () =>
    stopping ? ['shutting down'] : await probe({ database: repository, storage: blobs }, telemetry);
  const readBody = createBodyReader(BODY_LIMITS);
  const tongue = {
    resources,
    authenticate: authenticator.authenticate,
    readBody,
    originOf: createOriginOf(config.publicUrl),
  };
  mountProbes(server, { findUnready, metrics: telemetry.metrics });
  mountReference(server);
  mountRest(server, tongue);
  mountGraphql(server, { ...tongue, introspection: config.graphqlIntrospection });
  mountTrpc(server, tongue);

  const adapters = opened.move();
  return {
    telemetry,
    listen: () =>
      server.listen({ host: config.host, port: config.port, listenTextResolver: () => 'accepting connections' }),
    async close() {
      stopping = true;
      const timer = setTimeout(() => server.server.closeAllConnections(), CLOSE_TIMEOUT_MS);
      await server.close().finally(() => clearTimeout(timer));
      await adapters.disposeAsync();
    },
  };
}

function openRemote({ remote, maxContentBytes }: Config, { logger }: Telemetry): RemoteAccess {
  const { s3ForcePathStyle, ...rest } = remote;
  return createRemoteOpener({
    ...rest,
    limits: { ...DEFAULT_REMOTE_LIMITS, maxBytes: maxContentBytes },
    lookup: systemLookup,
    onBlocked: (target) => logger.warn({ target }, 'refused to fetch'),
    s3: { forcePathStyle: s3ForcePathStyle },
  });
}

/** The key is the database's, so that each gateway on it honours the links of the others. */
async function openDownloadLinks(repository: ResourceRepository): Promise<DownloadLinks> {
  const signal = AbortSignal.timeout(OPEN_TIMEOUT_MS);
  const offered = randomBytes(DOWNLOAD_SECRET_BYTES);
  const secret = await repository.shareSecret({ name: 'download-links', offered }, { signal });
  return createDownloadLinks(secret, { now: () => new Date() });
}

function openBlobStore({ storage }: Config): Promise<BlobStore> {
  return storage.kind === 'directory' ? openDirectoryStore(storage) : openS3Store(storage);
}

type Checkable = { check(options: CallOptions): Promise<void> };

/** The names of those that do not answer in time; why not goes to the log. */
async function probe(dependencies: { [name: string]: Checkable }, { logger }: Telemetry): Promise<string[]> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  const names = await Promise.all(
    Object.entries(dependencies).map(async ([name, dependency]) => {
      try {
        await dependency.check({ signal });
        return [];
      } catch (err) {
        logger.warn({ err, dependency: name }, 'not ready');
        return [name];
      }
    }),
  );
  return names.flat();
}
