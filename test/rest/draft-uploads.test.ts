// The IETF's Resumable Uploads for HTTP, interop version 8, on /v1/uploads.
import { createHash, randomBytes } from 'node:crypto';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { sha256Of } from '../support/tus/client.ts';
import { createDraftClient, type DraftAnswer, type DraftClient } from '../support/uploads/draft.ts';

const MAX_BYTES = 60_000_000;
let gateway: Gateway;
let client: DraftClient;
beforeAll(async () => {
  gateway = await startGateway({ MAX_CONTENT_BYTES: String(MAX_BYTES) });
  client = createDraftClient(gateway.url, await gateway.token());
});
afterAll(() => gateway[Symbol.asyncDispose]());

const CONTENT = randomBytes(3_000_000);
const INTEROP = { 'upload-draft-interop-version': '8' };
const WHOLE = { 'upload-complete': '?1' };
const PART = { 'upload-complete': '?0' };
const digestOf = (bytes: Uint8Array) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
const placed = (name: string) => `?directory_path=/draft&name=${encodeURIComponent(name)}`;
const pathOf = ({ headers }: Pick<DraftAnswer, 'headers'>) => new URL(headers.location ?? '').pathname;
const anyName = () => crypto.randomUUID();

describe('creation', () => {
  it('with all of the content answers the resource', async () => {
    const name = anyName();
    const query = `${placed(name)}&tags=a&tags=b&metadata=${encodeURIComponent('{"m":1}')}`;
    const answer = await client.create({ ...WHOLE, 'content-type': 'text/plain' }, CONTENT, query);
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'upload-complete': '?1',
        'upload-offset': '3000000',
        'repr-digest': digestOf(CONTENT),
        'content-type': 'application/json; charset=utf-8',
      },
      json: { name, directory_path: '/draft', sha256: sha256Of(CONTENT), tags: ['a', 'b'], metadata: { m: 1 } },
      interim: [],
    });
    expect(answer.json).toMatchObject({ mime_type: 'text/plain', original_uri: null, created_by: 'alice' });
  });

  it.each([
    ['inline; filename="file name.jpg"', 'file name.jpg'],
    ['inline; filename="a \\"b\\".jpg"', 'a "b".jpg'],
    ['inline; filename="x.jpg"; filename*=UTF-8\'\'f%C3%BCr.jpg', 'für.jpg'],
    ['inline; filename=plain.jpg', 'plain.jpg'],
    [Buffer.from('inline; filename="für uns.jpg"').toString('latin1'), 'für uns.jpg'],
  ])('takes the name from Content-Disposition: %s', async (disposition, name) => {
    const directory = `/draft/${anyName()}`;
    const headers = { ...WHOLE, 'content-disposition': disposition };
    const answer = await client.create(headers, CONTENT.subarray(0, 10), `?directory_path=${directory}`);
    expect(answer).toMatchObject({ status: 200, json: { name, directory_path: directory } });
  });

  it('without a directory leaves a content for a create to take', async () => {
    const answer = await client.create(WHOLE, CONTENT.subarray(0, 10));
    expect(answer).toMatchObject({ status: 200, json: { state: 'complete', size_bytes: 10, resource_id: null } });
  });

  it('of nothing is complete at once, or only begun, as it says', async () => {
    const whole = await client.create(WHOLE, Buffer.alloc(0), placed(anyName()));
    expect(whole).toMatchObject({ status: 200, json: { size_bytes: 0 } });
    const begun = await client.create(PART, Buffer.alloc(0), placed(anyName()));
    expect(begun).toMatchObject({ status: 201, headers: { 'upload-complete': '?0', 'upload-offset': '0' } });
    expect(begun.headers['upload-limit']).toMatch(/^max-size=60000000, max-age=86400$/);
    expect(pathOf(begun)).toMatch(/^\/v1\/uploads\/[0-9a-f-]{36}$/);
  });

  it('answers 104 while bytes arrive, to those alone that ask for interop version 8', async () => {
    const asked = await client.create({ ...WHOLE, ...INTEROP }, CONTENT, placed(anyName()));
    expect(asked.status).toBe(200);
    const [first] = asked.interim;
    expect(first).toMatchObject({ status: 104, headers: { 'upload-draft-interop-version': '8' } });
    expect(first?.headers.location).toBe(asked.headers.location);
    expect(first?.headers['upload-limit']).toBe(asked.headers['upload-limit']);
    for (const version of [{}, { 'upload-draft-interop-version': '6' }]) {
      const answer = await client.create({ ...WHOLE, ...version }, CONTENT, placed(anyName()));
      expect(answer.interim).toEqual([]);
    }
  });

  it('sends 100 Continue as well', async () => {
    const sending = client.begin('POST', `/v1/uploads${placed(anyName())}`, {
      ...PART,
      ...INTEROP,
      expect: '100-continue',
    });
    await expect.poll(() => sending.interim.map(({ status }) => status)).toContain(104);
    sending.cut();
  });

  it('that is cut off goes on where the 104 said', async () => {
    const name = anyName();
    const headers = { ...WHOLE, ...INTEROP, 'content-length': `${CONTENT.length}` };
    const sending = client.begin('POST', `/v1/uploads${placed(name)}`, headers);
    await sending.write(CONTENT.subarray(0, 1_000_000));
    await expect.poll(() => sending.interim.length).toBeGreaterThan(0);
    const path = new URL(sending.interim[0]?.headers.location ?? '').pathname;
    sending.cut();
    const { status, headers: found } = await client.head(path);
    expect(status).toBe(204);
    expect(found).toMatchObject({ 'upload-complete': '?0', 'upload-length': '3000000', 'cache-control': 'no-store' });
    const offset = Number(found['upload-offset']);
    expect(offset).toBeLessThanOrEqual(1_000_000);
    const answer = await client.patch(path, offset, { ...WHOLE, body: CONTENT.subarray(offset) });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'upload-complete': '?1' },
      json: { name, sha256: sha256Of(CONTENT) },
    });
  });

  it('refuses what the query has no word for, and a query beside JSON', async () => {
    expect(await client.create(WHOLE, CONTENT.subarray(0, 1), '?nme=a')).toMatchObject({ status: 400 });
    const json = await client.send(
      'POST /v1/uploads?name=a',
      { 'content-type': 'application/json' },
      Buffer.from('{}'),
    );
    expect(json).toMatchObject({ status: 400, json: { error: 'name belongs in the body' } });
  });

  it('refuses more than a content may have, and says how much that is', async () => {
    const headers = { ...PART, 'upload-length': String(MAX_BYTES + 1) };
    const answer = await client.create(headers, CONTENT.subarray(0, 10));
    expect(answer).toMatchObject({
      status: 413,
      headers: { 'upload-limit': expect.stringContaining('max-size=60000000') },
    });
  });

  it('refuses a name that is taken before it reads a byte', async () => {
    const name = anyName();
    await client.create(WHOLE, CONTENT.subarray(0, 10), placed(name));
    const answer = await client.create(WHOLE, CONTENT.subarray(0, 10), placed(name));
    expect(answer.status).toBe(409);
    expect(answer.headers['upload-complete']).toBeUndefined();
  });

  it('is no upload of this kind when Upload-Complete is not a boolean', async () => {
    const answer = await client.create({ 'upload-complete': 'yes' }, CONTENT.subarray(0, 10));
    expect(answer).toMatchObject({ status: 400, json: { error: expect.stringContaining('application/json') } });
  });
});

describe('appending', () => {
  const begin = async (headers: { [name: string]: string } = {}, name = anyName()) =>
    pathOf(await client.create({ ...PART, ...headers }, Buffer.alloc(0), placed(name)));

  it('goes piece by piece, and the last piece answers what the first request would have', async () => {
    const name = anyName();
    const path = await begin({}, name);
    for (const [from, to] of [
      [0, 1_000_000],
      [1_000_000, 1_000_001],
      [1_000_001, 2_500_000],
    ] as const) {
      const answer = await client.patch(path, from, { ...PART, body: CONTENT.subarray(from, to) });
      expect(answer).toMatchObject({ status: 204, headers: { 'upload-complete': '?0', 'upload-offset': String(to) } });
    }
    expect((await client.head(path)).headers['upload-length']).toBeUndefined();
    const last = await client.patch(path, 2_500_000, { ...WHOLE, body: CONTENT.subarray(2_500_000) });
    expect(last).toMatchObject({ status: 200, json: { name, sha256: sha256Of(CONTENT) } });
    expect(last.headers['repr-digest']).toBe(digestOf(CONTENT));
    // Its answer may have been lost.
    const again = await client.patch(path, 3_000_000, { ...WHOLE, body: Buffer.alloc(0) });
    expect(again).toMatchObject({ status: 200, headers: { 'upload-complete': '?1' }, json: last.json });
    expect((await client.head(path)).headers).toMatchObject({
      'upload-complete': '?1',
      'upload-offset': '3000000',
      'upload-length': '3000000',
      'resource-id': last.json.id,
    });
  });

  it('ends with an empty last piece when the length was never told', async () => {
    const path = await begin();
    await client.patch(path, 0, { ...PART, body: CONTENT.subarray(0, 10) });
    const last = await client.patch(path, 10, { ...WHOLE, body: Buffer.alloc(0) });
    expect(last).toMatchObject({ status: 200, json: { size_bytes: 10 } });
  });

  it('at another place is refused with the right one', async () => {
    const path = await begin();
    await client.patch(path, 0, { ...PART, body: CONTENT.subarray(0, 10) });
    const answer = await client.patch(path, 20, { ...PART, body: CONTENT.subarray(20, 30) });
    expect(answer).toMatchObject({
      status: 409,
      headers: { 'upload-complete': '?0', 'upload-offset': '10' },
      json: {
        type: 'https://iana.org/assignments/http-problem-types#mismatching-upload-offset',
        'expected-offset': 10,
        'provided-offset': 20,
      },
    });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('never goes beyond the length that was told, nor changes it', async () => {
    const type = 'https://iana.org/assignments/http-problem-types#inconsistent-upload-length';
    for (const headers of [PART, { ...PART, 'upload-length': '11' }, WHOLE]) {
      const path = await begin({ 'upload-length': '10' });
      const length = headers === WHOLE ? 9 : 11;
      const answer = await client.patch(path, 0, { ...headers, body: CONTENT.subarray(0, length) });
      expect(answer).toMatchObject({ status: 400, json: { type } });
    }
    const contradictory = { ...WHOLE, 'upload-length': '11' };
    expect(await client.create(contradictory, CONTENT.subarray(0, 10))).toMatchObject({ status: 400, json: { type } });
  });

  it('takes nothing more once it is complete', async () => {
    const path = await begin();
    await client.patch(path, 0, { ...WHOLE, body: CONTENT.subarray(0, 10) });
    const answer = await client.patch(path, 10, { ...WHOLE, body: CONTENT.subarray(10, 20) });
    expect(answer).toMatchObject({
      status: 400,
      json: { type: expect.stringContaining('inconsistent-upload-length') },
    });
  });

  it.each([
    ['no offset', { 'upload-offset': 'x' }, /Upload-Offset/],
    ['no word whether it is the last', { 'upload-complete': '1' }, /Upload-Complete/],
    ['another type', { 'content-type': 'application/octet-stream' }, /application\/partial-upload/],
  ])('needs its headers: %s', async (_what, wrong, expected) => {
    const path = await begin();
    const answer = await client.patch(path, 0, { ...PART, ...wrong, body: CONTENT.subarray(0, 10) });
    expect(answer).toMatchObject({ status: 400, json: { error: expect.stringMatching(expected) } });
  });

  it('tells how far it is while bytes arrive', async () => {
    const path = await begin();
    const headers = { 'content-type': 'application/partial-upload', 'upload-offset': '0', ...WHOLE, ...INTEROP };
    const sending = client.begin('PATCH', path, headers);
    const whole = randomBytes(50_000_000);
    await sending.write(whole);
    const offsets = () => sending.interim.map((one) => Number(one.headers['upload-offset']));
    await expect.poll(offsets).not.toEqual([]);
    expect(sending.interim.every(({ status, headers }) => status === 104 && headers.location === undefined)).toBe(true);
    expect(offsets().every((offset) => offset > 0 && offset <= whole.length)).toBe(true);
    sending.cut();
  });
});

describe('digests', () => {
  it('of the whole content are judged at the end', async () => {
    const right = { ...WHOLE, 'repr-digest': digestOf(CONTENT) };
    expect(await client.create(right, CONTENT, placed(anyName()))).toMatchObject({ status: 200 });
    const answer = await client.create(right, CONTENT.subarray(1), placed(anyName()));
    expect(answer).toMatchObject({ status: 400, headers: { 'upload-complete': '?1' } });
    expect(answer.json.error).toContain(sha256Of(CONTENT));
  });

  it('of a piece keep it out when it is another', async () => {
    const path = pathOf(await client.create(PART, Buffer.alloc(0)));
    const headers = { ...PART, 'content-digest': `md5=:AAAA:, ${digestOf(CONTENT)}` };
    const wrong = await client.patch(path, 0, { ...headers, body: CONTENT.subarray(1) });
    expect(wrong).toMatchObject({ status: 400, headers: { 'x-error-code': 'checksum_mismatch' } });
    expect((await client.head(path)).headers['upload-offset']).toBe('0');
    expect(await client.patch(path, 0, { ...headers, body: CONTENT })).toMatchObject({ status: 204 });
  });

  it('that are none are refused', async () => {
    const answer = await client.create({ ...WHOLE, 'repr-digest': 'sha-256=:AAAA:' }, CONTENT);
    expect(answer).toMatchObject({ status: 400, json: { error: expect.stringContaining('32 bytes') } });
  });
});

test('a conflict at the end is said with all bytes there, which a create may still take', async () => {
  const name = anyName();
  const path = pathOf(await client.create(PART, Buffer.alloc(0), placed(name)));
  await client.create(WHOLE, CONTENT.subarray(0, 10), placed(name));
  for (let repeat = 0; repeat < 2; repeat += 1) {
    const offset = repeat * 20;
    const answer = await client.patch(path, offset, { ...WHOLE, body: CONTENT.subarray(offset, 20) });
    expect(answer).toMatchObject({ status: 409, headers: { 'upload-complete': '?1' } });
  }
  const body = { name: anyName(), directory_path: '/draft', uri: `upload:${path.split('/').at(-1)}` };
  const headers = { 'content-type': 'application/json' };
  const taken = await client.send('POST /v1/resources', headers, Buffer.from(JSON.stringify(body)));
  expect(taken).toMatchObject({ status: 200, json: { size_bytes: 20 } });
});

test('a question for the offset ends the request that still sends', async () => {
  const path = pathOf(await client.create(PART, Buffer.alloc(0)));
  const headers = { 'content-type': 'application/partial-upload', 'upload-offset': '0', ...PART };
  const dead = client.begin('PATCH', path, { ...headers, expect: '100-continue' });
  // Its bytes are wanted: it has the upload.
  await expect.poll(() => dead.interim.map(({ status }) => status)).toEqual([100]);
  await dead.write(CONTENT.subarray(0, 500_000));
  const { headers: found } = await client.head(path);
  const offset = Number(found['upload-offset']);
  const answer = await client.patch(path, offset, { ...PART, body: CONTENT.subarray(offset, offset + 10) });
  expect(answer).toMatchObject({ status: 204, headers: { 'upload-offset': String(offset + 10) } });
  // Its connection is closed, with an answer or without.
  expect([503, 409, undefined]).toContain((await dead.answer)?.status);
});

test('a cancel removes it', async () => {
  const path = pathOf(await client.create(PART, CONTENT.subarray(0, 10)));
  expect(await client.send(`DELETE ${path}`, {})).toMatchObject({ status: 200, json: { cancelled: 1 } });
  expect(await client.head(path)).toMatchObject({ status: 404 });
});

test('every request is judged, and an upload of another account is none', async () => {
  const path = pathOf(await client.create(PART, CONTENT.subarray(0, 10)));
  const nobody = createDraftClient(gateway.url, null);
  const other = createDraftClient(gateway.url, await gateway.token({ account: 'other' }));
  const reader = createDraftClient(gateway.url, await gateway.token({ scope: 'resources:read' }));
  for (const [who, status] of [
    [nobody, 401],
    [other, 404],
    [reader, 403],
  ] as const) {
    expect(await who.head(path)).toMatchObject({ status });
    expect(await who.patch(path, 10, { ...WHOLE, body: CONTENT.subarray(10, 20) })).toMatchObject({ status });
  }
  expect(await nobody.create(WHOLE, CONTENT.subarray(0, 10))).toMatchObject({ status: 401 });
  expect((await client.head(path)).headers['upload-offset']).toBe('10');
});

test('OPTIONS tells what can be done, and a preflight of a page is answered', async () => {
  for (const path of ['/v1/uploads', `/v1/uploads/${crypto.randomUUID()}`]) {
    const told = await client.send(`OPTIONS ${path}`, {});
    expect(told).toMatchObject({
      status: 204,
      headers: { 'accept-patch': 'application/partial-upload', 'upload-limit': 'max-size=60000000, max-age=86400' },
    });
    const preflight = await client.send(`OPTIONS ${path}`, {
      origin: 'https://page.example',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'upload-offset, upload-complete',
    });
    expect(preflight.headers).toMatchObject({ 'access-control-allow-origin': '*' });
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH');
    expect(preflight.headers['access-control-allow-headers']).toContain('upload-offset');
  }
  const answer = await client.send(`HEAD ${pathOf(await client.create(PART, Buffer.alloc(0)))}`, {
    origin: 'https://page.example',
  });
  expect(answer.headers['access-control-expose-headers']).toMatch(/upload-offset.*upload-complete.*upload-limit/);
});

test('tus-js-client speaks an earlier version of the draft, and is understood', async () => {
  const name = anyName();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const upload = new tus.Upload(CONTENT, {
    endpoint: `${gateway.url}/v1/uploads${placed(name)}`,
    protocol: 'ietf-draft-05',
    headers: { authorization: `Bearer ${await gateway.token()}` },
    chunkSize: 700_000,
    onSuccess: () => resolve(),
    onError: reject,
  } as tus.UploadOptions);
  upload.start();
  await promise;
  const headers = { authorization: `Bearer ${await gateway.token()}` };
  const found = await fetch(`${gateway.url}/v1/resources/by-path${placed(name)}`, { headers });
  expect(await found.json()).toMatchObject({ name, sha256: sha256Of(CONTENT) });
});
