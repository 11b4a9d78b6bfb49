// Everything the measured servers need, started once: PostgreSQL with fsync, an issuer, a folder of our own.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, startPostgres } from '../../test/support/servers/postgres.ts';
import { runTool } from '../../test/support/tool.ts';
import type { NaiveSettings } from '../naive/server.ts';
import { openIssuer } from './issuer.ts';
import type { S3 } from './s3.ts';
import { type ServerProcess, spawnServer } from './server-process.ts';

/** Those that `npm start` gives. */
export const NODE_FLAGS = ['--max-semi-space-size=8'];

export type GatewayOptions = {
  /** Null: local blobs. */
  readonly s3?: S3 | null;
  readonly nodeFlags?: readonly string[];
  /** Whom it may fetch from although they are private. */
  readonly allowHosts?: readonly string[];
  /** Whether it runs its own database and leaves the one that it is given alone. */
  readonly embedded?: boolean;
  /** Whose database and blobs it shares; it must end before that. Null: it has its own. */
  readonly beside?: StoringServer | null;
  /** What it is configured with besides. */
  readonly settings?: { readonly [name: string]: string };
};

/** A server with a database. */
export type StoringServer = ServerProcess & { readonly databaseUrl: string; readonly dataDir: string };

export type World = AsyncDisposable & {
  readonly token: string;
  readonly directory: string;
  readonly databaseUrl: string;
  /** With an empty database and no blobs, which go with it, unless it is to stand beside another. */
  startGateway(options?: GatewayOptions): Promise<StoringServer>;
  startBaseline(): Promise<StoringServer>;
  /** tus's own server over its own store of files, at the gateway's path. */
  startTusServer(): Promise<ServerProcess>;
};

const BUCKET = 'bench';

export async function openWorld(): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  const removeAll = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', removeAll);
  opened.defer(async () => {
    await rm(directory, { recursive: true, force: true });
    process.off('exit', removeAll);
  });
  const postgres = opened.use(await startPostgres({ settings: ['fsync=on'] }));
  const { issuer, audience, jwksUrl, token } = opened.use(await openIssuer());

  type Place = { readonly databaseUrl: string; readonly dataDir: string };

  /** Gives a server a place of its own, which is removed after it has ended. */
  async function startIn(start: (place: Place) => Promise<ServerProcess>): Promise<StoringServer> {
    await using place = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(directory, 'server-'));
    place.defer(() => rm(dataDir, { recursive: true, force: true }));
    const database = place.use(await createDatabase(postgres.url));
    const server = place.use(await start({ databaseUrl: database.url, dataDir }));
    const kept = place.move();
    return { ...server, databaseUrl: database.url, dataDir, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }

  const auth = { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience };
  const kept = opened.move();
  return {
    token,
    directory,
    databaseUrl: postgres.url,
    async startGateway(options = {}) {
      const { s3 = null, nodeFlags = [...NODE_FLAGS], allowHosts = [], embedded = false, beside = null } = options;
      const start = ({ databaseUrl, dataDir }: Place, directory: string) => {
        const own = { PORT: '0', DATA_DIR: dataDir, DATABASE_URL: embedded ? '' : databaseUrl };
        const given = { URI_ALLOW_HOSTS: allowHosts.join(','), ...toS3Environment(s3), ...options.settings };
        return spawnServer({ script: 'src/main.ts', nodeFlags, env: { ...auth, ...own, ...given }, directory });
      };
      if (beside === null) return await startIn((place) => start(place, place.dataDir));
      const { databaseUrl, dataDir } = beside;
      return { ...(await start(beside, await mkdtemp(join(directory, 'log-')))), databaseUrl, dataDir };
    },
    startBaseline: () =>
      startIn(({ databaseUrl, dataDir }) => {
        const settings: NaiveSettings = { databaseUrl, directory: join(dataDir, 'blobs'), jwksUrl, issuer, audience };
        const args = [JSON.stringify(settings)];
        return spawnServer({
          script: 'bench/naive/main.ts',
          args,
          env: { NODE_ENV: 'production' },
          directory: dataDir,
        });
      }),
    async startTusServer() {
      await runTool('bench/naive/tus');
      await using place = new AsyncDisposableStack();
      const folder = await mkdtemp(join(directory, 'tus-'));
      place.defer(() => rm(folder, { recursive: true, force: true }));
      const args = [JSON.stringify({ directory: join(folder, 'files') })];
      const env = { NODE_ENV: 'production' };
      const server = place.use(
        await spawnServer({ script: 'bench/naive/tus/server.js', args, env, directory: folder }),
      );
      const opened = place.move();
      return { ...server, [Symbol.asyncDispose]: () => opened.disposeAsync() };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** S3 makes its bucket outside production only, so only the directory is measured in production's way. */
function toS3Environment(s3: S3 | null): { [name: string]: string } {
  if (s3 === null) return { NODE_ENV: 'production' };
  return {
    S3_BUCKET: BUCKET,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
}
