// One deployment's database and store, as an auditor reads them: past the gateway. Imports nothing of the source.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { openCluster } from '../servers/open-cluster.ts';
import { createDatabase } from '../servers/postgres.ts';
import type { S3Server } from '../servers/s3.setup.ts';

export type StoredBlob = {
  readonly sha256: string;
  readonly storage_bucket: string;
  readonly storage_key: string;
  readonly content: Uint8Array | null;
};

/** A resource with its blob, as the tables have them. */
export type StoredRow = StoredBlob & {
  readonly id: string;
  readonly size_bytes: string;
  readonly tags: number;
};

export type Store = {
  readonly env: NodeJS.ProcessEnv;
  read(key: string): Promise<Uint8Array>;
  list(): Promise<string[]>;
  /** What unfinished uploads have left. */
  leftovers(): Promise<string[]>;
};

export type Deployment = AsyncDisposable & {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly store: Store;
  /** With the embedded database only while no gateway runs. */
  query<Row>(sql: string): Promise<Row[]>;
};

const ROWS = `select resources.id::text as id, blobs.sha256, blobs.size_bytes::text as size_bytes, storage_bucket,
  storage_key, content, (select count(*)::int from resource_tags where resource_id = resources.id) as tags
  from resources join blobs on blobs.id = resources.blob_id`;

/** Those that something refers to. */
const BLOBS = `select sha256, storage_bucket, storage_key, content from blobs where id in
  (select blob_id from resources union select blob_id from resource_versions union select blob_id from trash)`;

export const readBlobs = (deployment: Deployment) => deployment.query<StoredBlob>(BLOBS);

export const readRows = (deployment: Deployment) => deployment.query<StoredRow>(ROWS);

export type DeploymentOptions = {
  /** A maintenance database's address; absent: the embedded one. */
  readonly postgresUrl?: string;
  /** Absent: a directory. */
  readonly s3?: S3Server & { readonly relayedEndpoint?: string };
  readonly dataDir?: string;
};

/** Prepares one; disposing it removes its database and its data. */
export async function openDeployment({ postgresUrl, s3, dataDir }: DeploymentOptions): Promise<Deployment> {
  const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'gateway-durability-')));
  const store = s3 === undefined ? openFolder(join(directory, 'blobs')) : openBucket(s3);
  const database = postgresUrl === undefined ? null : await createDatabase(postgresUrl);
  const query = database === null ? queryEmbedded(join(directory, 'postgres')) : queryServer(database.url);
  return {
    dataDir: directory,
    env: { ...store.env, ...(database === null ? {} : { DATABASE_URL: database.url }), SWEEP_INTERVAL_MS: '0' },
    store,
    query: async <Row>(sql: string) => (await query(sql)) as Row[],
    async [Symbol.asyncDispose]() {
      await database?.[Symbol.asyncDispose]();
      if (dataDir === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function queryServer(url: string) {
  return async (sql: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
}

function queryEmbedded(directory: string) {
  return async (sql: string): Promise<unknown[]> => {
    await using cluster = await openCluster(directory);
    return await queryServer(cluster.url)(sql);
  };
}

function openFolder(folder: string): Store {
  const files = async (below: string) => {
    if (!existsSync(below)) return [];
    const entries = await readdir(below, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };
  const staging = join(folder, '.staging');
  const uploads = join(folder, '.uploads');
  return {
    env: {},
    read: (key) => readFile(join(folder, key)),
    list: async () => {
      const own = join(folder, '.store');
      const committed = (await files(folder)).filter(
        (path) => path !== own && !path.startsWith(staging) && !path.startsWith(uploads),
      );
      return committed.map((path) => path.slice(folder.length + 1));
    },
    leftovers: async () => [...(await files(staging)), ...(await files(uploads))],
  };
}

function openBucket({ endpoint, relayedEndpoint, accessKeyId, secretAccessKey }: NonNullable<DeploymentOptions['s3']>) {
  const Bucket = `durability-${crypto.randomUUID()}`;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  return {
    env: {
      S3_BUCKET: Bucket,
      S3_FORCE_PATH_STYLE: 'true',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_S3: relayedEndpoint ?? endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    async read(key: string) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
      if (Body === undefined) throw new Error(`${key} has no body`);
      return await Body.transformToByteArray();
    },
    async list() {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: token }));
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return keys.filter((key) => !key.startsWith('resource-gateway/'));
    },
    async leftovers() {
      const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      const tails = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'resource-gateway/uploads/' }));
      return [...(Uploads ?? []), ...(tails.Contents ?? [])].map(({ Key }) => Key ?? '');
    },
  };
}
