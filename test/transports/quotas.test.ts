import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type HttpOrigin, openHttpOrigin } from '../support/servers/http-origin.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { BATCH_TRANSPORTS } from '../support/transports/batch-transports.ts';
import { send, type Target } from '../support/transports/change-transports.ts';
import { FORM_TRANSPORTS } from '../support/transports/form-transports.ts';
import { TRANSPORTS } from '../support/transports/transports.ts';
import { UPLOAD_TRANSPORTS } from '../support/transports/upload-transports.ts';
import { inOneSpelling } from '../support/transports/wording.ts';
import { createTus } from '../support/tus/requests.ts';

const MIB = 1024 * 1024;

const cleanup = new AsyncDisposableStack();
let url: string;
let databaseUrl: string;
let first: Gateway;
let second: Gateway;
let origin: HttpOrigin;
beforeAll(async () => {
  databaseUrl = cleanup.use(await createDatabase(inject('postgresUrl'))).url;
  origin = cleanup.use(await openHttpOrigin());
  const env = { DATABASE_URL: databaseUrl, QUOTA_BYTES: '1000000', URI_ALLOW_HOSTS: `127.0.0.1:${origin.port}` };
  first = cleanup.use(await startGateway(env));
  second = cleanup.use(await startGateway({ ...env, DATA_DIR: first.dataDir }));
  url = first.url;
});
afterAll(() => cleanup.disposeAsync());

const dataUri = (bytes: number) => `data:a/b;base64,${Buffer.alloc(bytes, 7).toString('base64')}`;

/** A token of an account that has nothing, with quotas of its own. */
async function openAccount({
  bytes = null,
  resources = null,
}: {
  bytes?: number | null;
  resources?: number | null;
} = {}) {
  const account = randomUUID();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('insert into account_quotas values ($1, $2, $3)', [account, bytes, resources]);
  await client.end();
  return { url, account, token: await first.token({ account }) };
}

const readUsage = async ({ token }: { readonly token: string }) =>
  (await send('GET', '/v1/usage', { url: second.url, token })).json;

describe('a create that does not fit', () => {
  const ways = [...TRANSPORTS, ...FORM_TRANSPORTS, ...BATCH_TRANSPORTS];

  test.each(ways)('is refused by its bytes: $name', async (transport) => {
    const target = await openAccount({ bytes: 100 });
    const create = (name: string, bytes: number) =>
      transport.create({ name, directoryPath: '/', content: dataUri(bytes) }, target);
    expect((await create('a', 60)).kind).toBe('ok');
    const refused = await create('b', 41);
    expect(refused.kind).toBe('forbidden');
    expect(inOneSpelling(transport.name, refused.message)).toBe(
      'your account has room for 40 more bytes, and this needs 41; delete something, or ask for a larger quota',
    );
    expect((await create('b', 40)).kind).toBe('ok');
    expect((await create('a', 1)).kind).toBe('conflict');
    expect(await readUsage(target)).toMatchObject({ bytes: { used: 100, limit: 100 }, resources: { used: 2 } });
  });

  test.each(ways)('is refused as one resource too many: $name', async (transport) => {
    const target = await openAccount({ resources: 1 });
    const create = (name: string) => transport.create({ name, directoryPath: '/d', content: dataUri(1) }, target);
    expect((await create('a')).kind).toBe('ok');
    const refused = await create('b');
    expect(refused).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('room for 0 more resources') });
    expect((await send('DELETE', '/v1/directories?path=/d&permanent=true', target)).json.deleted).toBe(1);
    expect((await create('b')).kind).toBe('ok');
  });

  test.each(ways)('is none when what stands in its place is replaced or kept: $name', async (transport) => {
    const target = await openAccount({ resources: 1 });
    const create = (bytes: number, onConflict: 'error' | 'keep' | 'replace', name = 'a') =>
      transport.create({ name, directoryPath: '/d', content: dataUri(bytes), onConflict }, target);
    expect((await create(1, 'error')).kind).toBe('ok');
    // Larger than what is held until it is known, and so staged before its name is.
    for (const bytes of [2, 300_000]) {
      expect((await create(bytes, 'replace')).kind).toBe('ok');
      expect((await create(bytes, 'keep')).kind).toBe('ok');
      expect((await create(bytes, 'replace', 'b')).kind).toBe('forbidden');
    }
    expect(await readUsage(target)).toMatchObject({ resources: { used: 1 }, bytes: { used: 300_000, versions: 3 } });
  });

  test('is none when a URI or an upload replaces', async () => {
    const target = await openAccount({ resources: 1 });
    const place = { name: 'a', directory_path: '/' };
    const create = async (body: object) => (await send('POST', '/v1/resources', { ...target, body })).status;
    expect(await create({ ...place, content: dataUri(1) })).toBe(200);
    const uri = `http://127.0.0.1:${origin.port}/file`;
    expect(await create({ ...place, uri, on_conflict: 'replace' })).toBe(200);
    expect(await create({ ...place, uri, name: 'b' })).toBe(403);

    const begin = (more: object) =>
      send('POST', '/v1/uploads', { ...target, body: { size_bytes: 4, ...more } }).then(({ status, json }) => ({
        status,
        id: json.id,
      }));
    expect((await begin({ resource: { ...place, name: 'b' } })).status).toBe(403);
    for (const more of [{}, { resource: { ...place, on_conflict: 'replace' } }]) {
      expect((await begin(more)).status).toBe(200);
    }
  });

  test('is told apart by its code', async () => {
    const target = await openAccount({ bytes: 1 });
    const body = { name: 'a', directory_path: '/', content: dataUri(2) };
    const { status, headers } = await send('POST', '/v1/resources', { ...target, body });
    expect([status, headers.get('x-error-code')]).toEqual([403, 'quota_exceeded']);
  });

  test('is refused before its body is read when that is known to be too long', async () => {
    const target = await openAccount({ bytes: MIB });
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    const head = [
      'POST /v1/resources HTTP/1.1',
      `Host: ${hostname}`,
      `Authorization: Bearer ${target.token}`,
      'Content-Type: application/json',
      `Content-Length: ${100 * MIB}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*x-error-code: quota_exceeded/i);
  });

  test('is refused as soon as too much of it has arrived', async () => {
    const target = await openAccount({ bytes: 500_000 });
    const start = `{"name":"a","directory_path":"/","content":"data:;base64,${'A'.repeat(400_000)}`;
    const more = Buffer.from('A'.repeat(64_000));
    let sentBytes = 0;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from(start)),
      pull(controller) {
        // It would never end by itself.
        sentBytes += more.byteLength;
        controller.enqueue(more);
      },
    });
    const response = await fetch(`${url}/v1/resources`, {
      method: 'POST',
      headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
    expect([response.status, response.headers.get('x-error-code')]).toEqual([403, 'quota_exceeded']);
    expect(sentBytes).toBeLessThan(64 * MIB);
  });

  test('is refused while it is fetched', async () => {
    const target = await openAccount({ bytes: 10 });
    const body = { name: 'a', directory_path: '/', uri: `http://127.0.0.1:${origin.port}/file` };
    const { status, headers } = await send('POST', '/v1/resources', { ...target, body });
    expect([status, headers.get('x-error-code')]).toEqual([403, 'quota_exceeded']);
    expect((await readUsage(target)).bytes).toMatchObject({ used: 0, reserved: 0 });
  });
});

/** A version that is restored is one more; each way answers its code, or null. */
const RESTORES = [
  {
    name: 'REST',
    async restore(id: string, target: Target) {
      const { headers } = await send('POST', `/v1/resources/${id}/versions/1/restore`, target);
      return headers.get('x-error-code');
    },
  },
  {
    name: 'GraphQL',
    async restore(id: string, target: Target) {
      const query = `mutation { restoreVersion(id: "${id}", number: 1) { id } }`;
      const { json } = await send('POST', '/graphql', { ...target, body: { query } });
      return json.errors?.[0].extensions.reason ?? null;
    },
  },
  {
    name: 'tRPC',
    async restore(id: string, target: Target) {
      const { json } = await send('POST', '/trpc/resource.restoreVersion', { ...target, body: { id, number: 1 } });
      return json.error?.data.reason ?? null;
    },
  },
];

test.each(RESTORES)('a version is not restored beyond the limit: $name', async ({ restore }) => {
  const place = { name: 'a', directory_path: '/' };
  for (const { bytes, code } of [
    { bytes: 15, code: 'quota_exceeded' },
    { bytes: 16, code: null },
  ]) {
    const target = await openAccount({ bytes });
    const { json } = await send('POST', '/v1/resources', { ...target, body: { ...place, content: dataUri(5) } });
    const body = { ...place, content: dataUri(6), on_conflict: 'replace' };
    expect((await send('POST', '/v1/resources', { ...target, body })).status).toBe(200);
    expect(await restore(json.id, target)).toBe(code);
    const used = code === null ? { used: 5, versions: 11 } : { used: 6, versions: 5 };
    expect(await readUsage(target)).toMatchObject({ bytes: used });
  }
});

describe('uploads', () => {
  test('keep room for all of their bytes from the beginning', async () => {
    const target = await openAccount({ bytes: 100 });
    const upload = await send('POST', '/v1/uploads', { ...target, body: { size_bytes: 60 } });
    expect(upload.status).toBe(200);
    const tooMuch = await send('POST', '/v1/uploads', { ...target, body: { size_bytes: 41 } });
    expect([tooMuch.status, tooMuch.headers.get('x-error-code')]).toEqual([403, 'quota_exceeded']);
    const body = { name: 'a', directory_path: '/', content: dataUri(41) };
    expect((await send('POST', '/v1/resources', { ...target, body })).status).toBe(403);
    expect(await readUsage(target)).toMatchObject({ bytes: { used: 0, reserved: 60 } });
    await send('DELETE', `/v1/uploads/${upload.json.id}`, target);
    expect((await send('POST', '/v1/resources', { ...target, body })).status).toBe(200);
    expect(await readUsage(target)).toMatchObject({ bytes: { used: 41, reserved: 0 } });
  });

  test.each(UPLOAD_TRANSPORTS)('that do not fit are not begun: $name', async ({ call }) => {
    const target = await openAccount({ bytes: 100, resources: 1 });
    expect((await call('create', { sizeBytes: 101 }, target)).kind).toBe('forbidden');
    expect((await call('create', { sizeBytes: 100 }, target)).kind).toBe('ok');
    expect((await call('create', { sizeBytes: 1 }, target)).kind).toBe('forbidden');
    expect(await readUsage(target)).toMatchObject({ bytes: { used: 0, reserved: 100 } });
  });

  test('whose size is not known keep room for what is announced, and for what arrives unannounced', async () => {
    const target = await openAccount({ bytes: 100 });
    const tus = createTus(url, target.token);
    const at = await tus.create({ 'upload-defer-length': '1' });
    expect((await tus.patch(at, 0, Buffer.alloc(60))).offset).toBe('60');
    expect(await readUsage(target)).toMatchObject({ bytes: { reserved: 60 } });
    expect((await tus.patch(at, 60, Buffer.alloc(41))).code).toBe('quota_exceeded');
    const unannounced = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.alloc(30));
        controller.enqueue(Buffer.alloc(30));
        controller.close();
      },
    });
    expect((await tus.patch(at, 60, unannounced)).code).toBe('quota_exceeded');
    const { bytes } = await readUsage(target);
    expect(bytes.reserved).toBeLessThanOrEqual(100);
    const { offset } = await tus.head(at);
    expect(Number(offset)).toBeLessThanOrEqual(90);
  });

  test('end in a resource in the room that they kept, though nothing else is left', async () => {
    const target = await openAccount({ bytes: 10 });
    const tus = createTus(url, target.token);
    const at = await tus.create({ 'upload-length': '10' });
    await tus.patch(at, 0, Buffer.alloc(10));
    const id = at.split('/').at(-1);
    const body = { name: 'a', directory_path: '/', uri: `upload:${id}` };
    expect((await send('POST', '/v1/resources', { ...target, body })).status).toBe(200);
    expect(await readUsage(target)).toMatchObject({ bytes: { used: 10, reserved: 0 }, resources: { used: 1 } });
  });
});

test('the usage is the same in all transports, and needs the scope to read', async () => {
  const { account, ...target } = await openAccount({ resources: 9 });
  const body = { name: 'a', directory_path: '/', content: dataUri(5) };
  await send('POST', '/v1/resources', { ...target, body });
  const expected = {
    bytes: { used: 5, reserved: 0, versions: 0, trash: 0, limit: 1_000_000 },
    resources: { used: 1, trash: 0, limit: 9 },
  };
  const query = '{ usage { bytes { used reserved versions trash limit } resources { used trash limit } } }';
  expect((await send('GET', '/v1/usage', target)).json).toEqual(expected);
  expect((await send('POST', '/graphql', { ...target, body: { query } })).json.data.usage).toEqual(expected);
  expect((await send('GET', '/trpc/usage.get', target)).json.result.data).toEqual(expected);

  const blind = { url, token: await first.token({ account, scope: 'resources:write' }) };
  expect((await send('GET', '/v1/usage', blind)).status).toBe(403);
  expect((await send('POST', '/graphql', { ...blind, body: { query } })).json.errors[0].extensions.code).toBe(
    'FORBIDDEN',
  );
  expect((await send('GET', '/trpc/usage.get', blind)).json.error.data.code).toBe('FORBIDDEN');
  const other = { url, token: await first.token({ account: randomUUID() }) };
  expect((await send('GET', '/v1/usage', other)).json).toMatchObject({ bytes: { used: 0 }, resources: { used: 0 } });
});

test('64 writers on two gateways fill an account to its limit and not beyond', async () => {
  const target = await openAccount({ bytes: 20_050, resources: 200 });
  let isOver = false;
  let most = 0;
  const watch = async () => {
    while (!isOver) {
      const { bytes, resources } = await readUsage(target);
      most = Math.max(most, bytes.used + bytes.reserved, resources.used * 100);
    }
  };
  const watching = watch();
  const write = async (writer: number) => {
    let stored = 0;
    for (let round = 0; round < 8; round += 1) {
      const body = { name: `${writer}-${round}`, directory_path: '/', content: dataUri(100) };
      const answer = await send('POST', '/v1/resources', {
        url: [url, second.url][writer % 2] ?? url,
        token: target.token,
        body,
      });
      expect([200, 403]).toContain(answer.status);
      if (answer.status === 200) stored += 1;
    }
    return stored;
  };
  const stored = await Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer)));
  isOver = true;
  await watching;
  expect(stored.reduce((sum, count) => sum + count, 0)).toBe(200);
  expect(most).toBeLessThanOrEqual(20_050);
  expect((await readUsage(target)).bytes.used).toBe(20_000);
}, 120_000);
