// The client's uploads against a real gateway: each way, over lines that break.
import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createClient,
  type GatewayClient,
  GatewayError,
  type Journal,
  type JournalEntry,
  type UploadProgress,
  type UploadWay,
} from '../../client/src/index.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { sha256Of } from '../support/tus/client.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';

let gateway: Gateway;
let token: string;
let client: GatewayClient;
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
  client = createClient({ url: gateway.url, token });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const content = randomBytes(3_000_000);
const file = (name: string, bytes: Buffer<ArrayBuffer> = content, type = 'text/x-own') =>
  new File([bytes], name, { type, lastModified: 1 });
const countNamed = async (name: string) =>
  (await client.api.resource.list.query({ namePrefix: name, recursive: true })).items.length;

/** A journal in memory, which a test may look into. */
function openJournal(): Journal & { readonly entries: Map<string, JournalEntry> } {
  const entries = new Map<string, JournalEntry>();
  return {
    entries,
    get: async (key) => entries.get(key) ?? null,
    set: async (key, entry) => void entries.set(key, entry),
    delete: async (key) => void entries.delete(key),
  };
}

describe.each<UploadWay>(['one-request', 'resumable'])('%s', (way) => {
  test('makes a resource with everything that is said of it', async () => {
    const options = { directoryPath: '/up', tags: ['a', 'b'], metadata: { n: [1, null] }, way };
    const resource = await client.upload(file(`all ${way}`), options);
    expect(resource).toMatchObject({
      name: `all ${way}`,
      directoryPath: '/up',
      mimeType: 'text/x-own',
      sha256: sha256Of(content),
      sizeBytes: content.length,
      tags: ['a', 'b'],
      metadata: { n: [1, null] },
    });
  });

  test('says 100 percent when the resource stands, and not before', async () => {
    const told: UploadProgress[] = [];
    await client.upload(file(`told ${way}`), { directoryPath: '/up', way, onProgress: (one) => told.push(one) });
    const last = { state: 'done', sentBytes: content.length, totalBytes: content.length, percent: 100 };
    expect(told.at(-1)).toEqual(last);
    expect(told.at(-2)).toEqual({ ...last, state: 'finishing', percent: 99 });
    expect(told.slice(0, -1).every(({ percent }) => percent !== null && percent < 100)).toBe(true);
  });

  test('takes an empty file', async () => {
    const resource = await client.upload(file(`empty ${way}`, Buffer.alloc(0)), { directoryPath: '/up', way });
    expect(resource.sizeBytes).toBe(0);
  });

  test('refuses a name that is taken, and tells by what', async () => {
    const options = { directoryPath: '/up', way };
    const first = await client.upload(file(`taken ${way}`), options);
    const refused = client.upload(file(`taken ${way}`, randomBytes(10)), options);
    await expect(refused).rejects.toMatchObject({ name: 'GatewayError', code: 'conflict', resourceId: first.id });
  });

  test('does with a name that is taken what it is told to', async () => {
    const first = await client.upload(file(`conflict ${way}`), { directoryPath: '/up', way });
    const options = { directoryPath: '/up', way } as const;
    const kept = await client.upload(file(`conflict ${way}`), { ...options, onConflict: 'keep' });
    expect(kept.id).toBe(first.id);
    const other = randomBytes(10);
    const replaced = await client.upload(file(`conflict ${way}`, other), { ...options, onConflict: 'replace' });
    expect(replaced).toMatchObject({ id: first.id, sha256: sha256Of(other) });
    const renamed = await client.upload(file(`conflict ${way}`), { ...options, onConflict: 'rename' });
    expect(renamed.id).not.toBe(first.id);
  });

  test('refuses another content than was expected', async () => {
    const expectedSha256 = sha256Of(Buffer.from('other'));
    const refused = client.upload(file(`digest ${way}`), { directoryPath: '/up', expectedSha256, way });
    await expect(refused).rejects.toMatchObject({ code: 'digest_mismatch' });
  });

  test('refuses with a token that does not hold', async () => {
    const stranger = createClient({ url: gateway.url, token: 'none' });
    const refused = stranger.upload(file('x'), { directoryPath: '/up', way });
    await expect(refused).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('rejects with what the signal was aborted for, and leaves nothing open', async () => {
    const aborting = new AbortController();
    const reason = new Error('enough');
    const uploading = client.upload(file(`aborted ${way}`), {
      directoryPath: '/up',
      way,
      pieceBytes: 100_000,
      signal: aborting.signal,
      onProgress: ({ sentBytes }) => (sentBytes > 0 || way === 'one-request') && aborting.abort(reason),
    });
    await expect(uploading).rejects.toBe(reason);
    const countOpen = async () =>
      (await client.api.upload.list.query({})).items.filter(({ state }) => state === 'open');
    await expect.poll(countOpen).toEqual([]);
  });

  test('gives up a gateway that is not there, when it has failed as often as it may', async () => {
    const nobody = createClient({ url: 'http://127.0.0.1:9', token });
    const refused = nobody.upload(file('x'), { directoryPath: '/up', way, retries: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'unreachable' });
  });
});

test('goes on by itself when the connection is cut again and again', async () => {
  await using door = await openFrontDoor({ cutAfterBytes: () => randomInt(2_000_000, 6_000_000) });
  door.openTo(gateway.url);
  const bytes = randomBytes(24_000_000);
  const through = createClient({ url: door.url, token });
  const told: UploadProgress[] = [];
  const options = { directoryPath: '/cut', onProgress: (one: UploadProgress) => told.push(one) };
  const resource = await through.upload(file('cut', bytes), options);
  expect(resource.sha256).toBe(sha256Of(bytes));
  expect(door.cuts()).toBeGreaterThan(3);
  // Nothing that the gateway had was sent again, but for what was on its way.
  expect(door.passedBytes()).toBeLessThan(bytes.length * 2);
  expect(told.at(-1)?.percent).toBe(100);
});

test('makes one resource of an upload whose answer was lost', async () => {
  await using door = await openFrontDoor();
  door.openTo(gateway.url);
  door.loseNextAnswer();
  const through = createClient({ url: door.url, token });
  const resource = await through.upload(file('lost answer'), { directoryPath: '/lost', way: 'one-request' });
  expect(door.cuts()).toBe(1);
  expect(await countNamed('lost answer')).toBe(1);
  expect(resource.sha256).toBe(sha256Of(content));
});

test('repeats a small upload under its key after a reload, so that it is one resource', async () => {
  await using door = await openFrontDoor();
  door.openTo(gateway.url);
  door.loseNextAnswer();
  const journal = openJournal();
  const through = createClient({ url: door.url, token });
  const options = { directoryPath: '/lost', way: 'one-request', journal } as const;
  await expect(through.upload(file('reloaded'), { ...options, retries: 0 })).rejects.toBeInstanceOf(GatewayError);
  const again = await through.upload(file('reloaded'), options);
  expect(again.name).toBe('reloaded');
  expect(await countNamed('reloaded')).toBe(1);
  expect(journal.entries.size).toBe(0);
});

test('goes on after a reload from where it was, and only with the same file', async () => {
  await using door = await openFrontDoor();
  door.openTo(gateway.url);
  const journal = openJournal();
  const through = createClient({ url: door.url, token });
  const bytes = randomBytes(8_000_000);
  const begin = async (name: string) => {
    const leaving = new AbortController();
    const uploading = through.upload(file(name, bytes), {
      directoryPath: '/reload',
      journal,
      pieceBytes: 1_000_000,
      signal: leaving.signal,
      onProgress: ({ sentBytes }) => sentBytes > 6_000_000 && leaving.abort(),
    });
    await expect(uploading).rejects.toMatchObject({ name: 'AbortError' });
    return door.passedBytes();
  };
  const before = await begin('same');
  const resource = await through.upload(file('same', bytes), { directoryPath: '/reload', journal });
  expect(resource.sha256).toBe(sha256Of(bytes));
  expect(door.passedBytes() - before).toBeLessThan(4_000_000);
  expect(journal.entries.size).toBe(0);

  await begin('other');
  const others = Buffer.concat([randomBytes(1_000_000), bytes.subarray(1_000_000)]);
  const other = await through.upload(file('other', others), { directoryPath: '/reload', journal });
  expect(other.sha256).toBe(sha256Of(others));
});

test('sends a stream whose length nobody knows, over a line that breaks', async () => {
  await using door = await openFrontDoor({ cutAfterBytes: () => 9_000_000 });
  door.openTo(gateway.url);
  const bytes = randomBytes(20_000_000);
  const stream = new Blob([bytes]).stream();
  const through = createClient({ url: door.url, token });
  const told: UploadProgress[] = [];
  const options = { directoryPath: '/stream', name: 'endless', onProgress: (one: UploadProgress) => told.push(one) };
  const resource = await through.upload(stream, options);
  expect(resource).toMatchObject({ sha256: sha256Of(bytes), sizeBytes: bytes.length });
  expect(door.cuts()).toBeGreaterThan(0);
  expect(told.at(-1)).toEqual({ state: 'done', sentBytes: 20_000_000, totalBytes: 20_000_000, percent: 100 });
});

test('takes another way where the gateway has no store to be reached directly', async () => {
  const fresh = createClient({ url: gateway.url, token });
  const bytes = Buffer.alloc(33_000_000, 'x');
  const resource = await fresh.upload(file('large', bytes), { directoryPath: '/ways' });
  expect(resource.sizeBytes).toBe(bytes.length);
  const refused = fresh.upload(file('x'), { directoryPath: '/ways', way: 'direct' });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_input' });
});

test('needs a name for what has none', async () => {
  await expect(client.upload(new Blob(['x']), { directoryPath: '/' })).rejects.toMatchObject({ code: 'invalid_input' });
});

describe('uploadMany', () => {
  test('tells an outcome of each of many files, of which a few are under way at once', async () => {
    let underWay = 0;
    let most = 0;
    function* items() {
      for (let index = 0; index < 40; index += 1) {
        most = Math.max(most, underWay);
        underWay += 1;
        yield { source: file(index === 7 ? 'bad/name' : `${index}`, Buffer.from(`${index}`)), directoryPath: '/many' };
      }
    }
    const outcomes = new Map<string, string | null>();
    for await (const { item, error } of client.uploadMany(items(), { parallel: 3 })) {
      underWay -= 1;
      outcomes.set(item.source.name, error?.code ?? null);
    }
    expect(outcomes.size).toBe(40);
    expect([...outcomes].filter(([, code]) => code !== null)).toEqual([['bad/name', 'invalid_input']]);
    expect(most).toBeLessThanOrEqual(3);
  });

  test('ends what is under way when the iteration is left', async () => {
    const items = Array.from({ length: 20 }, (_, index) => ({ source: file(`left ${index}`), directoryPath: '/left' }));
    for await (const _ of client.uploadMany(items, { parallel: 2 })) break;
    expect(await countNamed('left ')).toBeLessThan(5);
  });
});

describe('the API', () => {
  test('is typed, batched, and refuses by the one table', async () => {
    const { api } = client;
    const made = await api.resource.create.mutate({
      name: 'typed',
      directoryPath: '/api',
      content: 'data:text/plain;base64,SGVsbG8=',
    });
    const [byId, byPath] = await Promise.all([
      api.resource.byId.query({ id: made.id }),
      api.resource.byPath.query({ directoryPath: '/api', name: 'typed' }),
    ]);
    expect(byId).toEqual(byPath);
    const refusal = await api.resource.byPath.query({ directoryPath: '/api', name: 'none' }).catch((error) => error);
    expect(refusal.data.reason).toBe('not_found');
  });

  test('repeats a create under a key', async () => {
    const input = { name: 'keyed', directoryPath: '/api', content: 'data:text/plain;base64,SGVsbG8=' };
    const context = { idempotencyKey: 'a-key-of-the-test' };
    const [first, again] = [
      await client.api.resource.create.mutate(input, { context }),
      await client.api.resource.create.mutate(input, { context }),
    ];
    expect(again).toEqual(first);
  });

  test('tells events as they come, with the token', async () => {
    const told: string[] = [];
    const failed: unknown[] = [];
    const started = Promise.withResolvers<void>();
    const subscription = client.api.event.stream.subscribe(
      { after: 'latest', directoryPath: '/watched' },
      {
        onStarted: () => started.resolve(),
        onData: ({ data }) => told.push(data.type),
        onError: (error) => failed.push(error),
      },
    );
    await started.promise;
    // The connection stands a moment before its place in the log does.
    let count = 0;
    await expect
      .poll(async () => {
        count += 1;
        await client.upload(file(`seen-${count}`), { directoryPath: '/watched' });
        return told;
      })
      .toContain('resource.created');
    expect(failed).toEqual([]);
    subscription.unsubscribe();
  });
});

describe('download', () => {
  test('gives the content, or the rest of it', async () => {
    const { id } = await client.upload(file('down'), { directoryPath: '/down' });
    const whole = await client.download(id);
    expect(sha256Of(new Uint8Array(await whole.arrayBuffer()))).toBe(sha256Of(content));
    const rest = await client.download(id, { fromByte: content.length - 3 });
    expect(Buffer.from(await rest.arrayBuffer())).toEqual(content.subarray(-3));
  });

  test('refuses by the one table', async () => {
    const refused = client.download('018f0000-0000-7000-8000-000000000000');
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
  });
});
