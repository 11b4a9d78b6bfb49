import { randomBytes } from 'node:crypto';
import { readdir, readlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Answer, type File, largeBytes, putFile, send } from '../support/transports/downloading.ts';

let gateway: Gateway;
let token: string;
const files: { [kind: string]: File } = {};
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
  files.inline = await putFile(gateway, Buffer.from('0123456789'));
  files.stored = await putFile(gateway, largeBytes());
  files.empty = await putFile(gateway, Buffer.alloc(0));
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Options = {
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly query?: string;
};

const get = (id: string, { method = 'GET', headers = {}, query = '' }: Options = {}): Promise<Answer> =>
  send(`${gateway.url}/v1/resources/${id}/content${query}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });

const fileOf = (kind: string) => files[kind] as File;

describe.each(['inline', 'stored'])('a content that is %s', (kind) => {
  test('comes whole, with everything a client needs to keep and to resume it', async () => {
    const { bytes, sha256, id } = fileOf(kind);
    const { status, headers, body } = await get(id);
    expect(status).toBe(200);
    expect(body.equals(bytes)).toBe(true);
    expect(headers).toMatchObject({
      'accept-ranges': 'bytes',
      'content-type': 'application/x-test',
      'content-length': String(bytes.length),
      'content-disposition': 'attachment; filename="file.bin"',
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      etag: `"${sha256}"`,
    });
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*; sandbox$/);
    expect(new Date(headers['last-modified'] as string).toUTCString()).toBe(headers['last-modified']);
    expect(headers['content-range']).toBeUndefined();
  });

  test('has the same head without the bytes for HEAD, a range or none', async () => {
    const { id } = fileOf(kind);
    const whole = await get(id);
    for (const headers of [{}, { range: 'bytes=0-0' }]) {
      const head = await get(id, { method: 'HEAD', headers });
      expect([head.status, head.body.length]).toEqual([200, 0]);
      const passing = ['date', 'x-request-id', 'connection'];
      for (const [name, value] of Object.entries(whole.headers)) {
        if (!passing.includes(name)) expect(head.headers[name], name).toBe(value);
      }
    }
  });

  test.each([
    ['bytes=0-0', (size: number) => [0, 0, size]],
    ['bytes=2-4', (size: number) => [2, 4, size]],
    ['bytes=5-', (size: number) => [5, size - 1, size]],
    ['bytes=5-99999999999999999999', (size: number) => [5, size - 1, size]],
    ['bytes=-3', (size: number) => [size - 3, size - 1, size]],
    ['bytes=-99999999', (size: number) => [0, size - 1, size]],
    ['Bytes=2-4', (size: number) => [2, 4, size]],
  ])('gives exactly the bytes of %s', async (range, expected) => {
    const { bytes, id } = fileOf(kind);
    const [start = 0, end = 0, size] = expected(bytes.length);
    const { status, headers, body } = await get(id, { headers: { range } });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${start}-${end}/${size}`);
    expect(headers['content-length']).toBe(String(end - start + 1));
    expect(body.equals(bytes.subarray(start, end + 1))).toBe(true);
  });

  test.each(['bytes=0-0,2-4', 'bytes=4-2', 'bytes=-', 'bytes=a-b', 'lines=1-2', 'bytes 0-1', 'bytes=0-0;q=1'])(
    'comes whole for the range %s',
    async (range) => {
      const { bytes, id } = fileOf(kind);
      const { status, headers, body } = await get(id, { headers: { range } });
      expect([status, headers['content-range'], body.length]).toEqual([200, undefined, bytes.length]);
    },
  );

  test('refuses a range one byte past its end and says its size', async () => {
    const { bytes, id } = fileOf(kind);
    for (const range of [`bytes=${bytes.length}-`, 'bytes=-0']) {
      const { status, headers, body } = await get(id, { headers: { range } });
      expect(status).toBe(416);
      expect(headers['content-range']).toBe(`bytes */${bytes.length}`);
      expect(Object.keys(JSON.parse(String(body)))).toEqual(['error']);
      expect(headers.etag).toBeUndefined();
    }
  });

  test('is not sent again to who has it', async () => {
    const { sha256, id } = fileOf(kind);
    const { headers: first } = await get(id);
    const conditions = [
      { 'if-none-match': `"${sha256}"` },
      { 'if-none-match': `"other", W/"${sha256}"` },
      { 'if-none-match': '*' },
      { 'if-modified-since': first['last-modified'] as string },
    ];
    for (const headers of conditions) {
      const { status, headers: given, body } = await get(id, { headers });
      expect([status, body.length], JSON.stringify(headers)).toEqual([304, 0]);
      expect(given).toMatchObject({ etag: `"${sha256}"`, 'cache-control': 'private, no-cache' });
    }
  });

  test('is sent to who has another one, whatever the dates say', async () => {
    const { id } = fileOf(kind);
    const { headers: first } = await get(id);
    const headers = { 'if-none-match': '"other"', 'if-modified-since': first['last-modified'] as string };
    expect((await get(id, { headers })).status).toBe(200);
    expect((await get(id, { headers: { 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' } })).status).toBe(200);
    expect((await get(id, { headers: { 'if-modified-since': 'yesterday' } })).status).toBe(200);
  });

  test('is refused to who insists on another one', async () => {
    const { sha256, id } = fileOf(kind);
    const status = async (headers: { [name: string]: string }) => (await get(id, { headers })).status;
    expect(await status({ 'if-match': '"other"' })).toBe(412);
    expect(await status({ 'if-match': `W/"${sha256}"` })).toBe(412);
    expect(await status({ 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' })).toBe(412);
    expect(await status({ 'if-match': `"other", "${sha256}"` })).toBe(200);
    expect(await status({ 'if-match': '*' })).toBe(200);
  });

  test('is resumed with If-Range when it is the same, and begun anew when not', async () => {
    const { sha256, id } = fileOf(kind);
    const { headers: first } = await get(id);
    const status = async (ifRange: string) =>
      (await get(id, { headers: { range: 'bytes=1-', 'if-range': ifRange } })).status;
    expect(await status(`"${sha256}"`)).toBe(206);
    expect(await status(first['last-modified'] as string)).toBe(206);
    expect(await status('"other"')).toBe(200);
    expect(await status(`W/"${sha256}"`)).toBe(200);
    expect(await status('Mon, 01 Jan 2001 00:00:00 GMT')).toBe(200);
  });
});

describe('an empty content', () => {
  test('comes as nothing, also for a suffix', async () => {
    for (const headers of [{}, { range: 'bytes=-5' }] as { range?: string }[]) {
      const { status, headers: given, body } = await get(fileOf('empty').id, { headers: { ...headers } });
      expect([status, given['content-length'], body.length]).toEqual([200, '0', 0]);
    }
  });

  test('has no first byte to give', async () => {
    const { status, headers } = await get(fileOf('empty').id, { headers: { range: 'bytes=0-' } });
    expect([status, headers['content-range']]).toEqual([416, 'bytes */0']);
  });
});

describe('a download', () => {
  test('tells a real name to old and new clients', async () => {
    const { id } = await putFile(gateway, Buffer.from('x'), { name: 'Übersicht "1".txt' });
    expect((await get(id)).headers['content-disposition']).toBe(
      'attachment; filename="_bersicht _1_.txt"; filename*=UTF-8\'\'%C3%9Cbersicht%20%221%22.txt',
    );
  });

  test.each([
    ['image/png', 'inline'],
    ['text/html', 'attachment'],
    ['image/svg+xml', 'attachment'],
  ])('of %s asked for inline is an %s', async (mimeType, expected) => {
    const { id } = await putFile(gateway, Buffer.from('x'), { mimeType });
    const { headers } = await get(id, { query: '?disposition=inline' });
    expect(headers['content-disposition']).toBe(`${expected}; filename="file.bin"`);
    expect(headers['content-security-policy']).toContain('sandbox');
  });

  test('refuses a disposition that is none', async () => {
    const { status, body } = await get(fileOf('inline').id, { query: '?disposition=fullscreen' });
    expect([status, JSON.parse(String(body))]).toEqual([400, { error: 'disposition must be attachment or inline' }]);
  });

  test("is 401 without a token, 403 without the scope, 404 for another account's and for no id at all", async () => {
    const { id } = fileOf('inline');
    const as = async (claims: object) => ({ authorization: `Bearer ${await gateway.token(claims)}` });
    expect((await send(`${gateway.url}/v1/resources/${id}/content`)).status).toBe(401);
    expect((await get(id, { headers: await as({ scope: 'resources:write' }) })).status).toBe(403);
    expect((await get(id, { headers: await as({ account: 'other' }) })).status).toBe(404);
    expect((await get('no-id')).status).toBe(404);
    expect((await get(id, { method: 'HEAD', headers: await as({ account: 'other' }) })).status).toBe(404);
  });

  test('may be read by scripts of any origin, with the headers that matter to them', async () => {
    const { headers } = await get(fileOf('inline').id, { headers: { origin: 'https://app.example' } });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-expose-headers']).toMatch(/content-disposition.*content-range.*etag/);
  });
});

test.runIf(process.platform === 'linux')('a file is closed when its reader leaves in the middle', async () => {
  const { id } = await putFile(gateway, randomBytes(32 * 1024 * 1024));
  const blobs = join(gateway.dataDir, 'blobs');
  const openBlobs = async () => {
    const descriptors = await readdir('/proc/self/fd');
    const paths = descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ''));
    return (await Promise.all(paths)).filter((path) => path.startsWith(blobs) && !path.includes('.staging')).length;
  };
  const before = await openBlobs();
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${gateway.url}/v1/resources/${id}/content`, { headers, signal: leaving.signal });
  await response.body?.getReader().read();
  expect(await openBlobs()).toBe(before + 1);
  leaving.abort();
  await expect.poll(openBlobs).toBe(before);
});

describe('a download whose stored bytes are not those of its record', () => {
  async function damage(sizeBytes: number): Promise<File> {
    const before = new Set(await readdir(join(gateway.dataDir, 'blobs'), { recursive: true }));
    const file = await putFile(gateway, largeBytes());
    const after = await readdir(join(gateway.dataDir, 'blobs'), { recursive: true });
    const path = after.find((name) => !before.has(name) && name.length > 30) as string;
    await truncate(join(gateway.dataDir, 'blobs', path), sizeBytes);
    return file;
  }

  test('is cut off rather than left waiting when there are too few', async () => {
    const { id } = await damage(1_000_000);
    await expect(get(id)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('is a failure when there are none, and when there are too many', async () => {
    const { id } = await damage(0);
    const { status, headers, body } = await get(id);
    expect([status, headers['content-length'], headers.etag]).toEqual([500, String(body.length), undefined]);
    await expect(get((await damage(4 * 1024 * 1024)).id)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
