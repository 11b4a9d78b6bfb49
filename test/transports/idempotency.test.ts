import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import {
  KEYED_TRANSPORTS,
  type KeyedTransport,
  send,
  sendHeldOpen,
  toHeaders,
} from '../support/transports/keyed-requests.ts';
import type { Input } from '../support/transports/transports.ts';

const HELLO = 'data:text/plain;base64,SGVsbG8=';
const OTHER = 'data:text/plain;base64,T3RoZXI=';
/** Long enough to be staged while it arrives. */
const LONG = `data:text/plain;base64,${'QUFB'.repeat(30_000)}`;

const createInput = (changes: Input = {}): Input => ({
  name: `${randomUUID()}.txt`,
  directoryPath: '/',
  content: HELLO,
  tags: ['a'],
  metadata: { b: 1, a: { d: 2, c: 3 } },
  ...changes,
});

async function openOrigin() {
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let requests = 0;
  const server = createServer(async (_request, response) => {
    requests += 1;
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('Hel');
    reached.resolve();
    await held.promise;
    response.end('lo');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  return {
    uri: `http://127.0.0.1:${port}/hello`,
    reached: reached.promise,
    release: held.resolve,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      held.resolve();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('an idempotency key', () => {
  const cleanup = new AsyncDisposableStack();
  let gateway: Gateway;
  let token: string;

  beforeAll(async () => {
    const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
    gateway = cleanup.use(await startGateway({ DATABASE_URL: url, URI_ALLOW_HOSTS: '127.0.0.1' }));
    token = await gateway.token();
  });
  afterAll(() => cleanup.disposeAsync());

  const targetOf = (key: string | null = randomUUID()) => ({ url: gateway.url, token, key });

  describe.each(KEYED_TRANSPORTS)('in $name', (transport: KeyedTransport) => {
    test.each([
      ['a short content', HELLO],
      ['a long content', LONG],
    ])('gives a repeat with %s the first result and stores nothing', async (_name, content) => {
      const [input, target] = [createInput({ content }), targetOf()];
      const first = await send(transport, input, target);
      expect(first).toMatchObject({ kind: 'ok', isReplay: false });
      const { a, b } = input.metadata as { a: unknown; b: unknown };
      const repeat = await send(transport, { ...input, metadata: { a, b } }, target);
      expect(repeat).toMatchObject({ kind: 'ok', isReplay: true, status: 200, resource: first.resource });
    });

    test.each<[string, Input]>([
      ['content', { content: OTHER }],
      ['type', { content: HELLO.replace('plain', 'html') }],
      ['name', { name: 'another.txt' }],
      ['directory', { directoryPath: '/elsewhere' }],
      ['tag', { tags: ['b'] }],
      ['metadata', { metadata: { a: 2 } }],
      ['source', { content: undefined, uri: 'http://127.0.0.1/' }],
    ])('refuses a repeat with another %s', async (_name, change) => {
      const [input, target] = [createInput(), targetOf()];
      await send(transport, input, target);
      const repeat = await send(transport, { ...input, ...change }, target);
      expect(repeat).toMatchObject({ kind: 'conflict', isReplay: false });
      expect(repeat.message).toMatch(/Idempotency-Key was used for a create with another input/);
      expect(repeat.headers.get('retry-after')).toBeNull();
    });

    test('refuses a repeat while the body of the first is still arriving, and answers it afterwards', async () => {
      const [input, target] = [createInput({ content: LONG }), targetOf()];
      const first = await sendHeldOpen(transport, input, target);
      const early = await send(transport, input, target);
      expect(early).toMatchObject({ kind: 'conflict', status: 409 });
      expect(early.message).toMatch(/still running; repeat yours in 1 s/);
      expect(early.headers.get('retry-after')).toBe('1');
      expect(await first.finish()).toContain('HTTP/1.1 200 OK');
      expect(await send(transport, input, target)).toMatchObject({ kind: 'ok', isReplay: true });
    });

    test('frees the key of a request whose sender hung up', async () => {
      const [input, target] = [createInput({ content: LONG }), targetOf()];
      const first = await sendHeldOpen(transport, input, target);
      first.hangUp();
      await expect.poll(() => send(transport, input, target)).toMatchObject({ kind: 'ok', isReplay: false });
    });

    test('fetches a uri once: neither a repeat while it is fetched nor one afterwards does', async () => {
      await using origin = await openOrigin();
      const [input, target] = [createInput({ content: undefined, uri: origin.uri }), targetOf()];
      const answer = send(transport, input, target);
      await origin.reached;
      expect(await send(transport, input, target)).toMatchObject({ kind: 'conflict', message: /still running/ });
      origin.release();
      const { kind, resource } = await answer;
      expect(kind).toBe('ok');
      expect(await send(transport, input, target)).toMatchObject({ kind: 'ok', isReplay: true, resource });
      expect(origin.requests()).toBe(1);
    });

    test('may be used again after a refusal, which is never replayed', async () => {
      const [input, target] = [createInput(), targetOf()];
      expect((await send(transport, { ...input, tags: [' '] }, target)).kind).toBe('bad_request');
      expect((await send(transport, { ...input, expectedSha256: '0'.repeat(64) }, target)).kind).toBe('bad_request');
      expect(await send(transport, input, target)).toMatchObject({ kind: 'ok', isReplay: false });
      const late = targetOf();
      expect((await send(transport, input, late)).message).toMatch(/already exists/);
      const renamed = { ...input, name: randomUUID() };
      expect(await send(transport, renamed, late)).toMatchObject({ kind: 'ok', isReplay: false });
    });

    test('belongs to its account', async () => {
      const [input, target] = [createInput(), targetOf()];
      const mine = await send(transport, input, target);
      const theirs = await send(transport, input, { ...target, token: await gateway.token({ account: 'other' }) });
      expect(theirs).toMatchObject({ kind: 'ok', isReplay: false, resource: { accountId: 'other' } });
      expect(theirs.resource?.id).not.toBe(mine.resource?.id);
    });

    test.each(['', 'a b', 'a,b', '"a', 'a"', '"a" ;b', '"\\a"', '"a", "a"', 'é', 'x'.repeat(256)])(
      'is refused as %j, and nothing is stored',
      async (key) => {
        const input = createInput();
        expect(await send(transport, input, targetOf(key))).toMatchObject({
          kind: 'bad_request',
          message: /^Idempotency-Key must/,
        });
        expect((await send(transport, input, targetOf(null))).kind).toBe('ok');
      },
    );

    test('is the same with and without the quotes of a structured field', async () => {
      const input = createInput();
      const key = `${'x'.repeat(219)}${randomUUID()}`;
      await send(transport, input, targetOf(`"${key}"`));
      expect(await send(transport, input, targetOf(key))).toMatchObject({ kind: 'ok', isReplay: true });
    });

    test('is of no use to a caller who may not create', async () => {
      const target = { ...targetOf(), token: await gateway.token({ scope: 'resources:read' }) };
      expect((await send(transport, createInput(), target)).kind).toBe('forbidden');
      expect(await send(transport, createInput(), { ...target, token })).toMatchObject({ kind: 'ok', isReplay: false });
    });

    test('compares the expected digest of a repeat with the first result, without making it part of the input', async () => {
      const [input, target] = [createInput(), targetOf()];
      const first = await send(transport, input, target);
      const sha256 = first.resource?.sha256;
      expect(await send(transport, { ...input, expectedSha256: sha256 }, target)).toMatchObject({ isReplay: true });
      const wrong = await send(transport, { ...input, expectedSha256: '0'.repeat(64) }, target);
      expect(wrong).toMatchObject({ kind: 'bad_request', message: /sha256/, isReplay: false });
    });
  });

  test('is answered in whatever transport and form the same input is repeated', async () => {
    const [input, target] = [createInput(), targetOf()];
    const first = await send(KEYED_TRANSPORTS[0] as KeyedTransport, input, target);
    for (const transport of KEYED_TRANSPORTS) {
      expect(await send(transport, input, target), transport.name).toMatchObject({
        isReplay: true,
        resource: first.resource,
      });
    }
    const form = new FormData();
    for (const [name, value] of [
      ['name', input.name],
      ['directory_path', '/'],
      ['tags', 'a'],
    ] as const) {
      form.append(name, String(value));
    }
    form.append('metadata', JSON.stringify(input.metadata));
    form.append('file', new Blob(['Hello'], { type: 'text/plain' }), 'x');
    const init = { method: 'POST', headers: toHeaders(target), body: form };
    const repeat = await fetch(`${gateway.url}/v1/resources`, init);
    expect(repeat.headers.get('idempotency-replayed')).toBe('true');
  });

  test('covers one create: a second one in the same request is refused, the first is stored', async () => {
    const post = async (path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json', ...toHeaders(targetOf()) };
      const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return await response.json();
    };
    const [first, second] = [createInput(), createInput()];
    const query = `mutation($a: CreateResourceInput!, $b: CreateResourceInput!) {
      a: createResource(input: $a) { id } b: createResource(input: $b) { id } }`;
    const graphql = await post('/graphql', { query, variables: { a: first, b: second } });
    expect(graphql.errors).toMatchObject([{ path: ['b'], message: /^Idempotency-Key covers one create/ }]);
    const trpc = await post('/trpc/resource.create,resource.create?batch=1', { 0: createInput(), 1: second });
    expect(trpc).toMatchObject([
      { result: { data: { accountId: 'acme' } } },
      { error: { message: expect.stringMatching(/^Idempotency-Key covers one create/) } },
    ]);
    expect((await send(KEYED_TRANSPORTS[0] as KeyedTransport, first, targetOf())).message).toMatch(/already exists/);
    expect((await send(KEYED_TRANSPORTS[0] as KeyedTransport, second, targetOf())).kind).toBe('ok');
  });

  test('may be sent, and its answer read, by a page of another origin', async () => {
    const headers = {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    };
    const preflight = await fetch(`${gateway.url}/v1/resources`, { method: 'OPTIONS', headers });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const answer = await fetch(`${gateway.url}/healthz`, { headers: { origin: 'https://app.example' } });
    const exposed = answer.headers.get('access-control-expose-headers');
    for (const name of ['idempotency-replayed', 'location', 'retry-after']) expect(exposed).toContain(name);
  });
});
