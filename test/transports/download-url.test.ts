import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { type File, putFile, send } from '../support/transports/downloading.ts';

let gateway: Gateway;
let file: File;
beforeAll(async () => {
  gateway = await startGateway();
  file = await putFile(gateway, Buffer.from('0123456789'), { name: 'naïve.png', mimeType: 'image/png' });
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Asked = { readonly url: string | null; readonly kind: string; readonly message?: string };
type AskOptions = { readonly claims?: object; readonly inline?: boolean; readonly on?: Gateway };

async function askGraphql(id: string, { claims = {}, inline = false, on = gateway }: AskOptions = {}): Promise<Asked> {
  const field = inline ? 'downloadUrl(disposition: INLINE)' : 'downloadUrl';
  const response = await fetch(`${on.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await on.token(claims)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: `query($id: ID!) { resource(id: $id) { ${field} } }`, variables: { id } }),
  });
  const { data, errors } = JSON.parse(await response.text());
  return errors === undefined
    ? { kind: 'ok', url: data.resource.downloadUrl }
    : { kind: errors[0].extensions.code, url: null, message: errors[0].message };
}

async function askTrpc(id: string, { claims = {}, inline = false, on = gateway }: AskOptions = {}): Promise<Asked> {
  const input = encodeURIComponent(JSON.stringify({ id, ...(inline ? { disposition: 'inline' } : {}) }));
  const response = await fetch(`${on.url}/trpc/resource.downloadUrl?input=${input}`, {
    headers: { authorization: `Bearer ${await on.token(claims)}` },
  });
  const { result, error } = JSON.parse(await response.text());
  if (error !== undefined) return { kind: error.data.code, url: null, message: error.message };
  expect(Object.keys(result.data)).toEqual(['url', 'expiresAt']);
  expect(Date.parse(result.data.expiresAt) - Date.now()).toBeGreaterThan(0);
  return { kind: 'ok', url: result.data.url };
}

async function askRest(id: string, { claims = {}, inline = false, on = gateway }: AskOptions = {}): Promise<Asked> {
  const response = await fetch(`${on.url}/v1/resources/${id}/download-url${inline ? '?disposition=inline' : ''}`, {
    headers: { authorization: `Bearer ${await on.token(claims)}` },
  });
  const answer = JSON.parse(await response.text());
  const kinds: { [status: number]: string } = { 400: 'BAD_REQUEST', 403: 'FORBIDDEN', 404: 'NOT_FOUND' };
  if (response.status !== 200) {
    return { kind: kinds[response.status] ?? String(response.status), url: null, message: answer.error };
  }
  expect(Object.keys(answer)).toEqual(['url', 'expires_at']);
  expect(Date.parse(answer.expires_at) - Date.now()).toBeGreaterThan(0);
  return { kind: 'ok', url: answer.url };
}

const TRANSPORTS = [
  { name: 'REST', ask: askRest },
  { name: 'GraphQL', ask: askGraphql },
  { name: 'tRPC', ask: askTrpc },
];

describe.each(TRANSPORTS)('a downloadUrl of $name', ({ ask }) => {
  test('is absolute and gives the content without a token, for GET and HEAD and with ranges', async () => {
    const { url } = await ask(file.id);
    expect(url).toMatch(new RegExp(`^${gateway.url}/v1/resources/${file.id}/content\\?`));
    expect(await send(url as string)).toMatchObject({ status: 200, body: file.bytes });
    expect((await send(url as string, { method: 'HEAD' })).status).toBe(200);
    const part = await send(url as string, { headers: { range: 'bytes=-3' } });
    expect([part.status, String(part.body)]).toEqual([206, '789']);
  });

  test('holds for a quarter of an hour', async () => {
    const url = new URL((await ask(file.id)).url as string);
    const remaining = Number(url.searchParams.get('expires')) - Date.now() / 1000;
    expect(Math.abs(remaining - 900)).toBeLessThan(30);
  });

  test('shows what is safe when asked to', async () => {
    const [saved, shown] = [await ask(file.id), await ask(file.id, { inline: true })];
    expect((await send(saved.url as string)).headers['content-disposition']).toMatch(/^attachment; .*na%C3%AFve\.png$/);
    expect((await send(shown.url as string)).headers['content-disposition']).toMatch(/^inline; .*na%C3%AFve\.png$/);
  });

  test("is refused without the scope, and not found for another account's resource", async () => {
    expect(await ask(file.id, { claims: { scope: 'resources:write' } })).toMatchObject({
      kind: 'FORBIDDEN',
      message: expect.stringContaining('resources:read'),
    });
    expect((await ask(file.id, { claims: { account: 'other' } })).kind).toBe('NOT_FOUND');
  });
});

test('REST refuses to sign for a disposition that does not exist', async () => {
  const response = await fetch(`${gateway.url}/v1/resources/${file.id}/download-url?disposition=wall`, {
    headers: { authorization: `Bearer ${await gateway.token()}` },
  });
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: 'disposition must be attachment or inline' },
  ]);
});

describe('a signed address', () => {
  const signed = async () => new URL((await askTrpc(file.id)).url as string);

  test.each([
    ['another account', (url: URL) => url.searchParams.set('account', 'other')],
    ['a later end', (url: URL) => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1))],
    ['an end in words', (url: URL) => url.searchParams.set('expires', 'never')],
    ['no signature', (url: URL) => url.searchParams.delete('signature')],
    ['no account', (url: URL) => url.searchParams.delete('account')],
    ['an empty signature', (url: URL) => url.searchParams.set('signature', '')],
  ])('with %s is forbidden, also to a caller with a token', async (_says, change) => {
    const url = await signed();
    change(url);
    const authorization = `Bearer ${await gateway.token()}`;
    expect((await send(url.href)).status).toBe(403);
    expect((await send(url.href, { headers: { authorization } })).status).toBe(403);
  });

  test('opens no other resource', async () => {
    const other = await putFile(gateway, Buffer.from('other'));
    const url = await signed();
    url.pathname = url.pathname.replace(file.id, other.id);
    expect((await send(url.href)).status).toBe(403);
  });

  test('is refused with two signatures', async () => {
    const url = await signed();
    url.searchParams.append('signature', 'x');
    expect((await send(url.href)).status).toBe(400);
  });

  test('needs no token that holds, for an account with any characters in its name', async () => {
    const account = 'a&b=c/ü';
    const { id, bytes } = await putFile(gateway, Buffer.from('theirs'), { account });
    const { url } = await askTrpc(id, { claims: { account } });
    const answer = await send(url as string, { headers: { authorization: 'Bearer nonsense' } });
    expect(answer).toMatchObject({ status: 200, body: bytes });
  });

  test('stops to hold when its time is over', async () => {
    await using short = await startGateway({ DOWNLOAD_URL_TTL: '1' });
    const { id } = await putFile(short, Buffer.from('x'));
    const url = (await askTrpc(id, { on: short })).url as string;
    await expect.poll(async () => (await send(url)).status, { timeout: 5_000 }).toBe(403);
    expect(JSON.parse(String((await send(url)).body)).error).toMatch(/expired/);
  });

  test('names the public address when there is one', async () => {
    await using behindProxy = await startGateway({ PUBLIC_URL: 'https://files.example.com/' });
    const { id } = await putFile(behindProxy, Buffer.from('x'));
    for (const { ask } of TRANSPORTS) {
      expect((await ask(id, { on: behindProxy })).url).toMatch(/^https:\/\/files\.example\.com\/v1\/resources\//);
    }
  });
});

test('two gateways on one database honour each other’s addresses, and a third elsewhere does not', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  const env = { DATABASE_URL: database.url };
  await using first = await startGateway(env);
  await using second = await startGateway({ ...env, DATA_DIR: first.dataDir });
  const { id, bytes } = await putFile(first, Buffer.from('shared'));
  const url = new URL((await askTrpc(id, { on: first })).url as string);
  expect(await send(new URL(url.pathname + url.search, second.url).href)).toMatchObject({ status: 200, body: bytes });
  expect((await send(new URL(url.pathname + url.search, gateway.url).href)).status).toBe(403);
});

test('a create answers although its caller may not read, with null for the address', async () => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await gateway.token({ scope: 'resources:write' })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      query: 'mutation($i: CreateResourceInput!) { createResource(input: $i) { name downloadUrl } }',
      variables: { i: { name: 'unread.txt', directoryPath: '/', content: 'data:text/plain;base64,SGVsbG8=' } },
    }),
  });
  const { data, errors } = JSON.parse(await response.text());
  expect(data.createResource).toEqual({ name: 'unread.txt', downloadUrl: null });
  expect(errors[0].extensions.code).toBe('FORBIDDEN');
});
