import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';
import { createDatabase } from '../support/servers/postgres.ts';

type Deployment = { readonly name: string; env(opened: AsyncDisposableStack): Promise<NodeJS.ProcessEnv> };

const BARE: Deployment = { name: 'a bare machine', env: async () => ({}) };

/** PostgreSQL and a bucket on each faithful S3 server. */
const FULL = inject('s3Servers')
  .filter(({ faithful }) => faithful)
  .map(
    (s3): Deployment => ({
      name: `PostgreSQL and ${s3.name}`,
      env: async (opened) => ({
        DATABASE_URL: opened.use(await createDatabase(inject('postgresUrl'))).url,
        S3_BUCKET: `walk-${randomUUID()}`,
        S3_FORCE_PATH_STYLE: 'true',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      }),
    }),
  );

/** Beyond what lives in the database, and not the same twice. */
const LARGE = randomBytes(300_000);

type Sent = { readonly body?: unknown; readonly headers?: { readonly [name: string]: string } };
type Json = { readonly [key: string]: unknown };

// One walk through a life: each step stands on what the steps before it have left.
describe.for([BARE, ...FULL])('on $name a stranger', (deployment) => {
  const opened = new AsyncDisposableStack();
  let gateway: GatewayProcess;
  let token: string;
  beforeAll(async () => {
    gateway = opened.use(await spawnGateway({ env: await deployment.env(opened) }));
    token = await gateway.token();
  });
  afterAll(() => opened.disposeAsync());

  async function send(method: string, path: string, { body, headers = {} }: Sent = {}) {
    return await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
  async function call<Answer = Json>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await send(method, path, { body });
    const answer = (await response.json()) as Answer & { error?: string };
    expect(response.status, answer.error).toBe(200);
    return answer;
  }
  const names = ({ items }: { items: readonly { name: string }[] }) => items.map(({ name }) => name);
  type Page = { items: { id: string; name: string }[]; next_cursor: string | null };
  let id: string;

  test('creates one, and many with an outcome each', async () => {
    const content = `data:application/x-large;base64,${LARGE.toString('base64')}`;
    const large = { name: 'large.bin', directory_path: '/walk', content, tags: ['kept', 'big'], metadata: { n: 1 } };
    id = (await call<{ id: string }>('POST', '/v1/resources', large)).id;
    const small = (n: number) => ({ name: `${n}.txt`, directory_path: '/walk/small', content: 'data:;base64,QQ==' });
    const items = [small(1), small(2), { ...large, tags: [] }, { ...small(3), tags: ['kept'] }];
    const batch = await call<{ items: Json[] }>('POST', '/v1/resources/batch', { items });
    expect(batch.items.map(({ error }) => error && (error as Json).code)).toEqual([null, null, 'conflict', null]);
  });

  test('finds it by id, by path, by tag, by metadata and page by page', async () => {
    expect(await call('GET', `/v1/resources/${id}`)).toMatchObject({ id, name: 'large.bin', size_bytes: LARGE.length });
    expect(await call('GET', '/v1/resources/by-path?directory_path=/walk&name=large.bin')).toMatchObject({ id });
    const tagged = '/v1/resources?tags_all=kept&sort=name';
    expect(names(await call<Page>('GET', tagged))).toEqual(['3.txt', 'large.bin']);
    const contained = `/v1/resources?metadata=${encodeURIComponent('{"n":1}')}&mime_type=application/*`;
    expect(names(await call<Page>('GET', contained))).toEqual(['large.bin']);

    const all = '/v1/resources?directory_path=/walk&recursive=true&sort=name&limit=3';
    const first = await call<Page>('GET', all);
    const second = await call<Page>('GET', `${all}&cursor=${encodeURIComponent(first.next_cursor ?? '')}`);
    expect([...names(first), ...names(second)]).toEqual(['1.txt', '2.txt', '3.txt', 'large.bin']);
    expect(second.next_cursor).toBeNull();
  });

  test('sees directories with counts and sizes', async () => {
    expect(await call('GET', '/v1/directories?path=/')).toMatchObject({
      resource_count: 4,
      size_bytes: LARGE.length + 3,
      directories: [{ path: '/walk', resource_count: 4 }],
    });
  });

  test('downloads it whole, in parts, and not again', async () => {
    const path = `/v1/resources/${id}/content`;
    const whole = await send('GET', path);
    expect(Buffer.from(await whole.arrayBuffer()).equals(LARGE)).toBe(true);
    expect(whole.headers.get('content-disposition')).toBe('attachment; filename="large.bin"');
    const part = await send('GET', path, { headers: { range: 'bytes=100000-100009' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 100000-100009/${LARGE.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(LARGE.subarray(100_000, 100_010))).toBe(true);
    expect((await send('GET', path, { headers: { range: `bytes=${LARGE.length}-` } })).status).toBe(416);
    const again = await send('GET', path, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('downloads it without a token from the address that GraphQL gives out', async () => {
    const query = `{ resource(id: "${id}") { downloadUrl } }`;
    const { data } = await call<{ data: { resource: { downloadUrl: string } } }>('POST', '/graphql', { query });
    const signed = await fetch(data.resource.downloadUrl);
    expect(Buffer.from(await signed.arrayBuffer()).equals(LARGE)).toBe(true);
  });

  test('renames it in the version that was read, and in no other', async () => {
    const read = await send('GET', `/v1/resources/${id}`);
    const headers = { 'if-match': read.headers.get('etag') ?? '' };
    expect((await send('PATCH', `/v1/resources/${id}`, { body: { name: 'renamed.bin' }, headers })).status).toBe(200);
    expect((await send('PATCH', `/v1/resources/${id}`, { body: { name: 'again.bin' }, headers })).status).toBe(412);
  });

  test('moves the directory whole, and its content with it', async () => {
    expect(await call('POST', '/v1/directories/move', { from: '/walk', to: '/archive/walk' })).toEqual({ moved: 4 });
    expect(await call('GET', `/v1/resources/${id}`)).toMatchObject({
      directory_path: '/archive/walk',
      name: 'renamed.bin',
    });
    expect((await send('GET', '/v1/directories?path=/walk')).status).toBe(404);
    const moved = await send('GET', `/v1/resources/${id}/content`);
    expect(Buffer.from(await moved.arrayBuffer()).equals(LARGE)).toBe(true);
  });

  test('deletes one, many and a directory, each a second time in vain', async () => {
    for (const deleted of [1, 0]) expect(await call('DELETE', `/v1/resources/${id}`)).toEqual({ deleted });
    const { items } = await call<Page>('GET', '/v1/resources?name_prefix=1');
    const ids = items.map((item) => item.id);
    for (const deleted of [1, 0]) expect(await call('POST', '/v1/resources/delete', { ids })).toEqual({ deleted });
    for (const deleted of [2, 0]) expect(await call('DELETE', '/v1/directories?path=/archive')).toEqual({ deleted });
    expect(await call('GET', '/v1/resources')).toEqual({ items: [], next_cursor: null });
    expect((await send('GET', `/v1/resources/${id}/content`)).status).toBe(404);
  });

  test('may do none of it without the scope', async () => {
    token = await gateway.token('--scope', 'resources:read');
    expect((await send('DELETE', `/v1/resources/${id}`)).status).toBe(403);
    expect((await send('PATCH', `/v1/resources/${id}`, { body: { name: 'x' } })).status).toBe(403);
    token = await gateway.token('--scope', 'resources:write');
    expect((await send('GET', '/v1/resources')).status).toBe(403);
    expect((await send('GET', `/v1/resources/${id}/content`)).status).toBe(403);
  });
});
