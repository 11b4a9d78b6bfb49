import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { CREATE_MUTATION } from '../support/transports/transports.ts';

const BYTES = Buffer.alloc(12_000_000, 'content that is larger than one part of a multipart upload ');
const CONTENT = `data:text/plain;base64,${BYTES.toString('base64')}`;

type Sent = { readonly path: string; readonly type: string; readonly body: string };

const BODIES: { readonly [transport: string]: (name: string) => Sent } = {
  REST: (name) => ({
    path: '/v1/resources',
    type: 'application/json',
    body: JSON.stringify({ directory_path: '/', content: CONTENT, name }),
  }),
  GraphQL: (name) => ({
    path: '/graphql',
    type: 'application/json',
    body: JSON.stringify({
      query: CREATE_MUTATION,
      variables: { input: { directoryPath: '/', content: CONTENT, name } },
    }),
  }),
  tRPC: (name) => ({
    path: '/trpc/resource.create?batch=1',
    type: 'application/json',
    body: JSON.stringify({ 0: { directoryPath: '/', content: CONTENT, name } }),
  }),
  form: (name) => ({
    path: '/v1/resources',
    type: 'multipart/form-data; boundary=cut',
    body:
      `--cut\r\nContent-Disposition: form-data; name="directory_path"\r\n\r\n/\r\n` +
      `--cut\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n` +
      `${BYTES.toString('latin1')}\r\n--cut--\r\n`,
  }),
};

/** Where a sender hangs up, as a part of its body. */
const STAGES = [0.001, 0.1, 0.5, 0.95, 0.9999999];

/** Sends a body up to `part` of it and hangs up, or waits for the answer when all of it is sent. */
function send(gateway: Gateway, { path, type, body, token }: Sent & { token: string }, part: number): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const head = `Authorization: Bearer ${token}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}`;
  socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${head}\r\n\r\n`, 'latin1');
  const sent = Math.min(Math.floor(body.length * part), part === 1 ? body.length : body.length - 1);
  let answer = '';
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.write(body.slice(0, sent), 'latin1', () => void (part < 1 && socket.destroy()));
  });
}

/** The one that asks included. */
async function requestsInFlight({ url }: Gateway): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^http_requests_in_flight (\d+)$/m.exec(text)?.[1]);
}

type World = {
  readonly name: string;
  readonly env: () => NodeJS.ProcessEnv;
  /** What lies in the store, finished or not. */
  readonly stored: (gateway: Gateway) => Promise<string[]>;
};

const WORLDS: World[] = [
  {
    name: 'a directory',
    env: () => ({}),
    async stored({ dataDir }) {
      const entries = await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && entry.name !== '.store')
        .map((entry) => join(entry.parentPath, entry.name));
    },
  },
  ...inject('s3Servers')
    .filter(({ faithful }) => faithful)
    .map(({ name, endpoint, accessKeyId, secretAccessKey }): World => {
      const bucket = `cut-${crypto.randomUUID()}`;
      const credentials = { accessKeyId, secretAccessKey };
      const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
      // The SDK takes its standard variables from the process itself.
      process.env.AWS_REGION = 'us-east-1';
      process.env.AWS_ENDPOINT_URL_S3 = endpoint;
      process.env.AWS_ACCESS_KEY_ID = accessKeyId;
      process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey;
      return {
        name,
        env: () => ({ S3_BUCKET: bucket, S3_FORCE_PATH_STYLE: 'true' }),
        async stored() {
          const objects = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
          const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
          const keys = [...(objects.Contents ?? []), ...(uploads.Uploads ?? [])].map(({ Key }) => Key ?? '');
          return keys.filter((key) => key !== 'resource-gateway/store');
        },
      };
    }),
];

describe.each(WORLDS)('into $name', ({ env, stored }) => {
  let gateway: Gateway;
  let token: string;
  beforeAll(async () => {
    gateway = await startGateway(env());
    token = await gateway.token();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test.each(Object.keys(BODIES))(
    'a sender that hangs up at any stage of a %s create leaves nothing',
    async (transport) => {
      const sent = { ...(BODIES[transport]?.(`${transport}-cut`) as Sent), token };
      const before = await stored(gateway);
      for (const part of STAGES) await send(gateway, sent, part);
      await expect.poll(() => requestsInFlight(gateway), { timeout: 20_000 }).toBe(1);
      await expect.poll(() => stored(gateway), { timeout: 20_000 }).toEqual(before);
      // The name is free, so no row was left either; the content is the same throughout and is stored once.
      expect(await send(gateway, sent, 1)).toMatch(/^HTTP\/1\.1 200 /);
      expect(await stored(gateway)).toHaveLength(1);
    },
  );
});
