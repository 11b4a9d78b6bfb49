// Several creates with one content in one request, said in every way there is; and a gateway whose store can be verified.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Finding, verify } from '../../../src/domain/maintenance/verify.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';
import { openS3Store } from '../../../src/storage/s3/store.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import type { S3Server } from '../servers/s3.setup.ts';
import { send } from './downloading.ts';

export type VerifiedGateway = Gateway & {
  /** What verification finds, of objects too that have had no time to get a record. */
  findFlaws(): Promise<Finding[]>;
};

/** A directory, and the most faithful S3 server that this machine has. */
export function toStores(servers: readonly S3Server[]) {
  return [null, ...servers.slice(-1)].map((server) => ({ store: server?.name ?? 'a directory', server }));
}

/**
 * Starts one over the database at `databaseUrl`; its blobs lie in a bucket of their own, or without a server in files.
 * @param gatewayDatabaseUrl the way by which the gateway itself reaches the database
 */
export async function startVerified(
  server: S3Server | null,
  databaseUrl: string,
  gatewayDatabaseUrl = databaseUrl,
): Promise<VerifiedGateway> {
  await using cleanup = new AsyncDisposableStack();
  const bucket = `test-${randomUUID()}`;
  if (server !== null) {
    // The SDK reads the process's environment itself.
    process.env.AWS_REGION = 'us-east-1';
    process.env.AWS_ENDPOINT_URL_S3 = server.endpoint;
    process.env.AWS_ACCESS_KEY_ID = server.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = server.secretAccessKey;
  }
  const place = server === null ? {} : { S3_BUCKET: bucket, S3_FORCE_PATH_STYLE: 'true' };
  const gateway = cleanup.use(
    await startGateway({ INLINE_MAX_BYTES: '0', DATABASE_URL: gatewayDatabaseUrl, ...place }),
  );
  const database = { kind: 'postgres', url: databaseUrl } as const;
  const catalog = cleanup.adopt(await openRepository({ database }), (it) => it.close());
  const blobs = cleanup.adopt(
    server === null
      ? await openDirectoryStore({ directory: join(gateway.dataDir, 'blobs') })
      : await openS3Store({ bucket, ...toOptions(server) }),
    (it) => it.close(),
  );
  const held = cleanup.move();
  return {
    ...gateway,
    async findFlaws() {
      const { signal } = new AbortController();
      const findings: Finding[] = [];
      const limits = { exclusive: true, settleMs: 0, maxReadsAtOnce: 4, onProgress: () => {} };
      await verify({ blobs, catalog, signal, ...limits, onFinding: (finding) => findings.push(finding) });
      return findings;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function toOptions({ endpoint, accessKeyId, secretAccessKey }: S3Server) {
  const credentials = { accessKeyId, secretAccessKey };
  return { region: 'us-east-1', endpoint, forcePathStyle: true, credentials, createBucket: false };
}

/** Whether each of `ids` can be downloaded, and is `bytes`. */
export async function areReadable(
  ids: readonly string[],
  { url, token, bytes }: { url: string; token: string; bytes: Buffer },
) {
  const headers = { authorization: `Bearer ${token}` };
  const answers = await Promise.all(ids.map((id) => send(`${url}/v1/resources/${id}/content`, { headers })));
  return answers.map(({ status, body }) => (status === 200 ? body.equals(bytes) : status));
}

/** Ids of the resources that have exactly as many bytes. */
export async function listIds({ url, token, bytes }: { url: string; token: string; bytes: Buffer }) {
  const listed = await send(`${url}/v1/resources`, { headers: { authorization: `Bearer ${token}` } });
  const { items } = JSON.parse(listed.body.toString()) as { items: { id: string; size_bytes: number }[] };
  return items.filter(({ size_bytes }) => size_bytes === bytes.length).map(({ id }) => id);
}
