import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import type { BlobStore } from '../../../src/domain/content/blob-store.ts';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import { openS3Store } from '../../../src/storage/s3/store.ts';
import { openRelay } from '../../support/servers/relay.ts';
import type { S3Server } from '../../support/servers/s3.setup.ts';
import { digestOf, patternOf, patternThen } from '../../support/storage/bytes.ts';

const MIB = 1024 * 1024;
const KEY = createStorageKey();
const IDLE_TIMEOUT_MS = 1_500;
/** Two attempts, their pauses, and the clean-up after them. */
const BOUND_MS = 8_000;

async function openBehindRelay({ endpoint, accessKeyId, secretAccessKey }: S3Server) {
  const relay = await openRelay(endpoint);
  const store: BlobStore = await openS3Store({
    bucket: `test-${randomUUID()}`,
    region: 'us-east-1',
    endpoint: relay.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    createBucket: true,
    connectTimeoutMs: IDLE_TIMEOUT_MS,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  });
  const close = async (): Promise<void> => {
    await store.close();
    await relay[Symbol.asyncDispose]();
  };
  return { relay, store, [Symbol.asyncDispose]: close };
}

describe.for(inject('s3Servers').filter(({ faithful }) => faithful))('the S3 store on $name, failing', (server) => {
  const { signal } = new AbortController();
  const later = () => new Date(Date.now() + 60_000);

  describe.for(['silent', 'cut'] as const)('with a store that is %s', (mode) => {
    it('fails every call within a bound, and recovers without being opened again', async () => {
      await using opened = await openBehindRelay(server);
      const { relay, store } = opened;
      const staged = await store.stage(patternOf(1_000), { accountId: 'acme', key: KEY, signal });
      await (await store.stage(patternOf(1_000), { accountId: 'acme', key: 'aa/there', signal })).commit({ signal });

      relay.setMode(mode);
      const startedMs = performance.now();
      const calls = await Promise.allSettled([
        staged.commit({ signal }),
        store.stage(patternOf(6 * MIB), { accountId: 'acme', key: 'bb/large', signal }),
        store.read('aa/there', { signal, range: null }),
        store.has('aa/there', { accountId: 'acme', signal, sizeBytes: 1_000 }),
        store.delete('aa/there', { signal }),
        store.list({ signal })[Symbol.asyncIterator]().next(),
        store.check({ signal }),
      ]);
      expect(performance.now() - startedMs).toBeLessThan(BOUND_MS + 10_000);
      for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });

      relay.setMode('pass');
      await store.check({ signal });
      await (await store.stage(patternOf(1_000), { accountId: 'acme', key: 'cc/after', signal })).commit({ signal });
      await store.delete('cc/after', { signal });
    });

    it('lets the sweep find the upload that could not be aborted', async () => {
      await using opened = await openBehindRelay(server);
      const { relay, store } = opened;
      const source = patternThen(11 * MIB, async () => relay.setMode(mode));
      await expect(store.stage(source, { accountId: 'acme', key: KEY, signal })).rejects.toMatchObject({
        code: 'internal',
      });

      relay.setMode('pass');
      expect(await store.removeAbandoned({ signal, olderThan: later() })).toBe(1);
      expect(await store.removeAbandoned({ signal, olderThan: later() })).toBe(0);
    });
  });

  it('asks a store that is silent twice and no more, so that the time limit of one answer bounds every call', async () => {
    await using opened = await openBehindRelay(server);
    const { relay, store } = opened;
    const staged = await store.stage(patternOf(1_000), { accountId: 'acme', key: KEY, signal });
    relay.setMode('silent');
    await expect(staged.commit({ signal })).rejects.toMatchObject({ code: 'internal' });
    // What the store may have taken unheard is withdrawn.
    expect(relay.silenced).toEqual(['PUT', 'PUT', 'DELETE', 'DELETE']);
    await expect(store.read(KEY, { signal, range: null })).rejects.toMatchObject({ code: 'internal' });
    expect(relay.silenced.slice(4)).toEqual(['GET', 'GET']);
  });

  it.each([
    { what: 'a PutObject', sizeBytes: 1_000, method: 'PUT', thenRefuse: null },
    { what: 'a completion', sizeBytes: 11 * MIB, method: 'POST', thenRefuse: null },
    { what: 'a completion, forgotten by the store,', sizeBytes: 11 * MIB, method: 'POST', thenRefuse: 'NoSuchUpload' },
  ])('commits once although the answer to $what is lost', async ({ sizeBytes, method, thenRefuse }) => {
    await using opened = await openBehindRelay(server);
    const { relay, store } = opened;
    const staged = await store.stage(patternOf(sizeBytes), { accountId: 'acme', key: KEY, signal });
    relay.loseAnswerOf((request) => request.method === method, thenRefuse);
    await staged.commit({ signal });

    expect(await digestOf(await store.read(KEY, { signal, range: null }))).toEqual(
      await digestOf(patternOf(sizeBytes)),
    );
    expect(await store.removeAbandoned({ signal, olderThan: later() })).toBe(0);
  });

  it('sends a part again when its connection breaks', async () => {
    await using opened = await openBehindRelay(server);
    const { relay, store } = opened;
    relay.loseAnswerOf(({ url }) => url?.includes('partNumber=2') === true, null);
    await (await store.stage(patternOf(11 * MIB), { accountId: 'acme', key: KEY, signal })).commit({ signal });
    expect(await digestOf(await store.read(KEY, { signal, range: null }))).toEqual(await digestOf(patternOf(11 * MIB)));
  });

  it.each([
    { what: 'a PutObject', sizeBytes: 1_000, method: 'PUT', part: '/' },
    { what: 'an UploadPart', sizeBytes: 11 * MIB, method: 'PUT', part: 'partNumber=2' },
    { what: 'a completion', sizeBytes: 11 * MIB, method: 'POST', part: 'uploadId=' },
  ])('acknowledges nothing when $what is answered with a page', async ({ sizeBytes, method, part }) => {
    await using opened = await openBehindRelay(server);
    const { relay, store } = opened;
    relay.answerWithPage((request) => request.method === method && request.url?.includes(part) === true);
    const storing = async () => {
      await (await store.stage(patternOf(sizeBytes), { accountId: 'acme', key: KEY, signal })).commit({ signal });
    };
    await expect(storing()).rejects.toMatchObject({ code: 'internal' });

    relay.answerWithPage(null);
    await expect(store.read(KEY, { signal, range: null })).rejects.toMatchObject({ code: 'internal' });
    expect(await store.removeAbandoned({ signal, olderThan: later() })).toBe(0);
    await storing();
  });

  it('waits for a reader that pauses longer than the store may stay silent', async () => {
    await using opened = await openBehindRelay(server);
    const { store } = opened;
    await (await store.stage(patternOf(40 * MIB), { accountId: 'acme', key: KEY, signal })).commit({ signal });

    let sizeBytes = 0;
    let pauses = 2;
    for await (const piece of await store.read(KEY, { signal, range: null })) {
      sizeBytes += piece.byteLength;
      // The pause is the subject here: it has to be longer than the limit.
      if (pauses-- > 0) await new Promise((resolve) => setTimeout(resolve, 2 * IDLE_TIMEOUT_MS));
    }
    expect(sizeBytes).toBe(40 * MIB);
  });

  it.each(['silent', 'cut'] as const)('fails a reading when the store is %s half way', async (mode) => {
    await using opened = await openBehindRelay(server);
    const { relay, store } = opened;
    await (await store.stage(patternOf(40 * MIB), { accountId: 'acme', key: KEY, signal })).commit({ signal });

    const reading = async () => {
      for await (const _ of await store.read(KEY, { signal, range: null })) relay.setMode(mode);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'internal' });
  });
});
