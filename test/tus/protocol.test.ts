import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openTus, type Tus, toMetadata } from '../support/tus/requests.ts';

let gateway: Gateway;
let tus: Tus;
beforeAll(async () => {
  gateway = await startGateway({ MAX_CONTENT_BYTES: '1000000' });
  tus = await openTus(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('base64');
const HELLO = Buffer.from('Hello, tus!');
let names = 0;
function place(): string {
  names += 1;
  return toMetadata({ name: `${names}.bin`, directory_path: '/tus' });
}

describe('tus', () => {
  it('tells what it can without a token, to a browser and to others', async () => {
    for (const url of ['/v1/tus', '/v1/tus/x']) {
      for (const headers of [{}, { origin: 'https://app.example', 'access-control-request-method': 'PATCH' }]) {
        const answer = await fetch(`${gateway.url}${url}`, { method: 'OPTIONS', headers });
        expect(answer.status).toBe(204);
        expect(Object.fromEntries(answer.headers)).toMatchObject({
          'tus-resumable': '1.0.0',
          'tus-version': '1.0.0',
          'tus-max-size': '1000000',
          'tus-extension': 'creation,creation-with-upload,creation-defer-length,termination,expiration,checksum',
          'tus-checksum-algorithm': 'sha1,sha256',
          'access-control-allow-origin': '*',
        });
      }
    }
  });

  it('makes a resource of the last byte, and says which', async () => {
    const url = await tus.create({ 'upload-length': '11', 'upload-metadata': place() });
    expect(url).toMatch(new RegExp(`^${gateway.url}/v1/tus/[0-9a-f-]{36}$`));
    expect(await tus.patch(url, 0, HELLO.subarray(0, 5))).toMatchObject({ status: 204, offset: '5', resourceId: null });
    const last = await tus.patch(url, 5, HELLO.subarray(5));
    expect(last).toMatchObject({ status: 204, offset: '11', resourceId: expect.any(String) });
    expect(last.headers.get('location')).toBe(`/v1/resources/${last.resourceId}`);
    const content = await tus.get(`/v1/resources/${last.resourceId}/content`);
    expect(Buffer.from(await content.arrayBuffer())).toEqual(HELLO);
    expect(await tus.head(url)).toMatchObject({ status: 200, offset: '11', resourceId: last.resourceId });
  });

  it('takes the first bytes with the creation, and all of them', async () => {
    const headers = { 'upload-length': '11', 'content-type': 'application/offset+octet-stream' };
    const some = await tus.request('POST', '/v1/tus', { headers, body: HELLO.subarray(0, 4) });
    expect(some).toMatchObject({ status: 201, offset: '4' });
    expect(await tus.patch(some.headers.get('location') ?? '', 4, HELLO.subarray(4))).toMatchObject({ offset: '11' });
    const whole = { ...headers, 'upload-metadata': place() };
    expect(await tus.request('POST', '/v1/tus', { headers: whole, body: HELLO })).toMatchObject({
      status: 201,
      offset: '11',
      resourceId: expect.any(String),
    });
  });

  it('learns the length later, with whichever piece says it', async () => {
    const url = await tus.create({ 'upload-defer-length': '1', 'upload-metadata': place() });
    expect((await tus.head(url)).headers.get('upload-defer-length')).toBe('1');
    await tus.patch(url, 0, HELLO.subarray(0, 5));
    const last = await tus.patch(url, 5, HELLO.subarray(5), { 'upload-length': '11' });
    expect(last).toMatchObject({ status: 204, offset: '11', resourceId: expect.any(String) });
    const late = await tus.create({ 'upload-defer-length': '1', 'upload-metadata': place() });
    await tus.patch(late, 0, HELLO);
    const empty = await tus.patch(late, 11, Buffer.alloc(0), { 'upload-length': '11' });
    expect(empty).toMatchObject({ status: 204, resourceId: expect.any(String) });
  });

  it('finishes an empty upload with its creation', async () => {
    const answer = await tus.request('POST', '/v1/tus', {
      headers: { 'upload-length': '0', 'upload-metadata': place() },
    });
    expect(answer).toMatchObject({ status: 201, resourceId: expect.any(String) });
  });

  it.each(['sha1', 'sha256'])(
    'keeps a piece whose %s is right, and nothing of one whose is wrong',
    async (algorithm) => {
      const url = await tus.create({ 'upload-length': '11', 'upload-metadata': place() });
      const checksum = (bytes: Uint8Array) => ({ 'upload-checksum': `${algorithm} ${digest(algorithm, bytes)}` });
      const [first, second] = [HELLO.subarray(0, 6), HELLO.subarray(6)];
      expect(await tus.patch(url, 0, first, checksum(second))).toMatchObject({
        status: 460,
        code: 'checksum_mismatch',
      });
      expect(await tus.head(url)).toMatchObject({ offset: '0' });
      expect(await tus.patch(url, 0, first, checksum(first))).toMatchObject({ status: 204, offset: '6' });
      expect(await tus.patch(url, 6, second, checksum(first))).toMatchObject({ status: 460 });
      expect(await tus.head(url)).toMatchObject({ offset: '6' });
      const last = await tus.patch(url, 6, second, checksum(second));
      const record = await (await tus.get(`/v1/resources/${last.resourceId}`)).json();
      expect(record).toMatchObject({ sha256: createHash('sha256').update(HELLO).digest('hex'), size_bytes: 11 });
    },
  );

  it('ends an upload that is cancelled, once', async () => {
    const url = await tus.create({ 'upload-length': '11' });
    await tus.patch(url, 0, HELLO.subarray(0, 5));
    expect(await tus.request('DELETE', url)).toMatchObject({ status: 204 });
    expect(await tus.request('DELETE', url)).toMatchObject({ status: 404 });
    expect(await tus.head(url)).toMatchObject({ status: 404 });
    expect(await tus.patch(url, 5, HELLO.subarray(5))).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('lets a POST stand for what it overrides', async () => {
    const url = await tus.create({ 'upload-length': '11' });
    const headers = {
      'x-http-method-override': 'PATCH',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    };
    expect(await tus.request('POST', url, { headers, body: HELLO })).toMatchObject({ status: 204, offset: '11' });
    expect(await tus.request('POST', url, { headers: { 'x-http-method-override': 'PUT' } })).toMatchObject({
      status: 400,
    });
  });

  it('says when an upload expires, and its metadata as it was sent', async () => {
    const metadata = `${place()},anything,filetype dGV4dC9wbGFpbg==`;
    const url = await tus.create({ 'upload-length': '11', 'upload-metadata': metadata });
    const { headers } = await tus.head(url);
    expect(headers.get('upload-metadata')).toBe(metadata);
    expect(Date.parse(headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now());
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('makes what the metadata describes: tags, metadata, type and digest', async () => {
    const metadata = toMetadata({
      filename: 'from the file.txt',
      directory_path: 'a/b/',
      tags: '["x","y"]',
      metadata: '{"project":{"n":1}}',
      filetype: 'text/x-own',
      expected_sha256: createHash('sha256').update(HELLO).digest('hex'),
      relativePath: 'null',
      on_conflict_of_another_kind: 'x',
    });
    const creating = await tus.request('POST', '/v1/tus', {
      headers: { 'upload-length': '11', 'upload-metadata': metadata },
    });
    expect(creating.headers.get('ignored-fields')).toBe('on_conflict_of_another_kind');
    const last = await tus.patch(creating.headers.get('location') ?? '', 0, HELLO);
    expect(await (await tus.get(`/v1/resources/${last.resourceId}`)).json()).toMatchObject({
      name: 'from the file.txt',
      directory_path: '/a/b',
      tags: ['x', 'y'],
      metadata: { project: { n: 1 } },
      mime_type: 'text/x-own',
      original_uri: null,
      created_by: 'alice',
    });
  });

  it('refuses content that is not what was expected, for good', async () => {
    const url = await tus.create({
      'upload-length': '11',
      'upload-metadata': `${place()},${toMetadata({ expected_sha256: 'a'.repeat(64) })}`,
    });
    expect(await tus.patch(url, 0, HELLO)).toMatchObject({ status: 422, code: 'digest_mismatch' });
    expect(await tus.head(url)).toMatchObject({ status: 422 });
    expect(await tus.patch(url, 11, Buffer.alloc(0))).toMatchObject({ status: 422, code: 'digest_mismatch' });
  });

  it('refuses a name that is taken before the content is sent, and after it without losing that', async () => {
    const metadata = place();
    const [first, second] = [
      await tus.create({ 'upload-length': '11', 'upload-metadata': metadata }),
      await tus.create({ 'upload-length': '11', 'upload-metadata': metadata }),
    ];
    await tus.patch(first, 0, HELLO);
    const early = await tus.request('POST', '/v1/tus', {
      headers: { 'upload-length': '11', 'upload-metadata': metadata },
    });
    expect(early).toMatchObject({ status: 422, code: 'conflict' });
    expect(await tus.patch(second, 0, HELLO)).toMatchObject({ status: 422, code: 'conflict' });
    // What a client asks that did not hear it: never a success.
    expect(await tus.head(second)).toMatchObject({ status: 422 });
    const id = second.split('/').at(-1);
    expect(await (await tus.get(`/v1/uploads/${id}`)).json()).toMatchObject({
      state: 'complete',
      error: expect.stringContaining('already exists'),
    });
    const taken = await tus.createResource({ name: 'other.bin', directory_path: '/tus', uri: `upload:${id}` });
    expect(taken).toMatchObject({ status: 200, json: { size_bytes: 11, original_uri: null } });
  });
});

describe('tus refuses', () => {
  it('every request without a token, HEAD too, before anything else of it', async () => {
    const url = await tus.create({ 'upload-length': '11' });
    for (const method of ['POST', 'HEAD', 'PATCH', 'DELETE']) {
      const answer = await fetch(method === 'POST' ? `${gateway.url}/v1/tus` : url, { method });
      expect(answer.status, method).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    const reader = await openTus(gateway, { scope: 'resources:read' });
    expect(await reader.head(url)).toMatchObject({ status: 403 });
    expect(await reader.patch(url, 0, HELLO)).toMatchObject({ status: 403 });
  });

  it("to know another account's upload", async () => {
    const url = await tus.create({ 'upload-length': '11' });
    const other = await openTus(gateway, { account: 'other' });
    expect(await other.head(url)).toMatchObject({ status: 404 });
    expect(await other.patch(url, 0, HELLO)).toMatchObject({ status: 404 });
    expect(await other.request('DELETE', url)).toMatchObject({ status: 404 });
    expect(await tus.head(url)).toMatchObject({ status: 200, offset: '0' });
  });

  it('another version, and says which it speaks', async () => {
    for (const version of ['0.2.2', '1.0']) {
      const headers = { 'tus-resumable': version, 'upload-length': '1' };
      const answer = await tus.request('POST', '/v1/tus', { headers });
      expect(answer).toMatchObject({ status: 412 });
      expect(answer.headers.get('tus-version')).toBe('1.0.0');
    }
  });

  it('bytes for another place than the next, and says nothing of them counts', async () => {
    const url = await tus.create({ 'upload-length': '11' });
    await tus.patch(url, 0, HELLO.subarray(0, 5));
    for (const offset of [0, 4, 6, 11, 9007199254740991]) {
      expect(await tus.patch(url, offset, HELLO)).toMatchObject({ status: 409, code: 'offset_mismatch' });
    }
    expect(await tus.head(url)).toMatchObject({ offset: '5' });
  });

  it.each(['-1', '1.5', 'x', '', '00', '1e3', '9007199254740992', '99999999999999999999'])(
    'an offset or a length of %j',
    async (sent) => {
      expect(await tus.request('POST', '/v1/tus', { headers: { 'upload-length': sent } })).toMatchObject({
        status: 400,
      });
      const url = await tus.create({ 'upload-length': '11' });
      expect(await tus.patch(url, 0, HELLO, { 'upload-offset': sent })).toMatchObject({ status: 400 });
    },
  );

  it('parts of a parallel upload, with the first of them', async () => {
    const headers = { 'upload-length': '5', 'upload-concat': 'partial' };
    expect(await tus.request('POST', '/v1/tus', { headers })).toMatchObject({ status: 400, code: 'malformed_request' });
  });

  it('no length and two', async () => {
    expect(await tus.request('POST', '/v1/tus', { headers: {} })).toMatchObject({ status: 400 });
    const both = { 'upload-length': '1', 'upload-defer-length': '1' };
    expect(await tus.request('POST', '/v1/tus', { headers: both })).toMatchObject({ status: 400 });
    expect(await tus.request('POST', '/v1/tus', { headers: { 'upload-defer-length': '2' } })).toMatchObject({
      status: 400,
    });
  });

  it('more than a content may have, said or sent', async () => {
    const said = await tus.request('POST', '/v1/tus', { headers: { 'upload-length': '1000001' } });
    expect(said).toMatchObject({ status: 413, code: 'content_too_large' });
    const url = await tus.create({ 'upload-defer-length': '1' });
    const sent = await tus.patch(url, 0, Buffer.alloc(1_000_001));
    expect(sent).toMatchObject({ status: 413 });
    expect(await tus.head(url)).toMatchObject({ status: 413 });
  });

  it('more bytes than were announced, before they are read', async () => {
    const url = await tus.create({ 'upload-length': '5' });
    expect(await tus.patch(url, 0, HELLO)).toMatchObject({ status: 400, code: 'length_mismatch' });
    expect(await tus.head(url)).toMatchObject({ status: 200, offset: '0' });
  });

  it('more bytes than were announced by who does not say how many come: the upload has failed then', async () => {
    const url = await tus.create({ 'upload-length': '5' });
    const body = new Blob([HELLO]).stream();
    expect(await tus.patch(url, 0, body)).toMatchObject({ status: 400, code: 'length_mismatch' });
    expect(await tus.head(url)).toMatchObject({ status: 400 });
    expect(await tus.patch(url, 0, HELLO.subarray(0, 5))).toMatchObject({ status: 400, code: 'length_mismatch' });
  });

  it('another length than the one that was said', async () => {
    const url = await tus.create({ 'upload-length': '11' });
    const other = await tus.patch(url, 0, HELLO.subarray(0, 2), { 'upload-length': '12' });
    expect(other).toMatchObject({ status: 400, code: 'length_mismatch' });
    const late = await tus.create({ 'upload-defer-length': '1' });
    await tus.patch(late, 0, HELLO);
    expect(await tus.patch(late, 11, Buffer.alloc(0), { 'upload-length': '5' })).toMatchObject({ status: 400 });
  });

  it('bytes of another type', async () => {
    const url = await tus.create({ 'upload-length': '11' });
    for (const type of ['application/octet-stream', 'application/json', 'text/plain', '']) {
      expect(await tus.patch(url, 0, HELLO, { 'content-type': type })).toMatchObject({ status: 415 });
    }
    expect(await tus.patch(url, 0, HELLO, { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
  });

  it.each(['md5 YQ==', 'sha1', 'sha1 YQ==', 'sha1 *', 'SHA1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=', ''])(
    'the checksum %j',
    async (checksum) => {
      const url = await tus.create({ 'upload-length': '11' });
      const answer = await tus.patch(url, 0, HELLO, { 'upload-checksum': checksum });
      expect(answer).toMatchObject({ status: 400, code: 'malformed_request' });
    },
  );

  it.each([
    'name',
    'name  YQ==',
    'name YQ==,name Yg==',
    'name *',
    'name YQ',
    'name /w==',
    ', ,',
    'name YQ== x',
    `${toMetadata({ name: '../x', directory_path: '/' })}`,
    `${toMetadata({ name: 'x', directory_path: '/../..' })}`,
    `${toMetadata({ directory_path: '/' })}`,
    `${toMetadata({ name: 'x', directory_path: '/', tags: '["a",1]' })}`,
    `${toMetadata({ name: 'x', directory_path: '/', metadata: '[1]' })}`,
    `${toMetadata({ name: 'x', directory_path: '/', metadata: '{' })}`,
    `${toMetadata({ name: 'x\0', directory_path: '/' })}`,
    `${toMetadata({ name: 'x', directory_path: '/', filetype: 'no type' })}`,
    `${toMetadata({ name: 'x', directory_path: '/', expected_sha256: 'no digest' })}`,
    Array.from({ length: 101 }, (_, index) => `k${index}`).join(),
  ])('the metadata %j', async (metadata) => {
    const answer = await tus.request('POST', '/v1/tus', {
      headers: { 'upload-length': '1', 'upload-metadata': metadata },
    });
    // A key without a value is fine as such.
    if (metadata === 'name') expect(answer.status).toBe(201);
    else expect(answer.status).toBe(400);
  });

  it('ids that are none, and paths in their place', async () => {
    for (const id of ['x', '..', '%2e%2e%2fx', '%00', `${'a'.repeat(36)}`, "'; drop table uploads; --"]) {
      const answer = await tus.request('HEAD', `/v1/tus/${id}`);
      expect([404, 405], id).toContain(answer.status);
    }
    expect(await tus.request('HEAD', `/v1/tus/${crypto.randomUUID()}`)).toMatchObject({ status: 404 });
  });
});
