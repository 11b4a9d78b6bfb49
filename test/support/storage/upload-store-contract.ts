// What every UploadStore promises, as tests that any of them must pass.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';
import type { AppendOptions, ContentStore, UploadedBytes } from '../../../src/domain/uploads/upload-store.ts';
import { digestOf, patternThen } from './bytes.ts';

export type UploadContractOptions = {
  /** Opens a store with nothing in it, as often as it is asked to; what it holds may be thrown away afterwards. */
  readonly open: () => Promise<{
    store: ContentStore;
    again: () => Promise<ContentStore>;
    remove: () => Promise<void>;
  }>;
  /** What the store keeps bytes in while they arrive: parts of a multipart upload, pieces of a file. */
  readonly pieceBytes: number;
};

const KIB = 1024;
const MIB = 1024 * KIB;
const { signal } = new AbortController();
const accountId = 'acme';
const nothingOpen = async (): Promise<ReadonlySet<string>> => new Set();

/** How a content may be cut into requests, given the size of a piece. */
const toCuts = (piece: number): readonly (readonly number[])[] => [
  [0],
  [1],
  [10_000, 10_000],
  [0, 300 * KIB, 0],
  [piece],
  [piece, piece, piece],
  [piece + 1, piece - 1, 1],
  [2 * piece + 77],
  [0.6 * piece, 0.4 * piece - 1, 1, 1, piece + 70_000].map(Math.floor),
  [4 * piece + KIB, 4096, piece + 17],
  [piece - 100 * KIB, 200 * KIB, 3],
];
const TINY_REQUESTS = 60;

/** The pattern that a content has, from one byte of it on. */
async function* slice(startBytes: number, sizeBytes: number, seed = 0): ByteStream {
  const piece = new Uint8Array(70_001);
  for (let sent = 0; sent < sizeBytes; ) {
    const length = Math.min(piece.length, sizeBytes - sent);
    for (let at = 0; at < length; at += 1) piece[at] = (seed + startBytes + sent + at) % 251;
    yield piece.subarray(0, length);
    sent += length;
  }
}

/** As the database gives it to another gateway. */
const remembered = (uploaded: UploadedBytes): UploadedBytes => JSON.parse(JSON.stringify(uploaded));

export function describeUploadStore(name: string, { open, pieceBytes: piece }: UploadContractOptions): void {
  describe(`uploads into ${name}`, () => {
    let store: ContentStore;
    let other: ContentStore;
    let remove: () => Promise<void>;

    beforeEach(async () => {
      const opened = await open();
      ({ store, remove } = opened);
      other = await opened.again();
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await remove();
    });

    const begin = (): UploadedBytes => ({ key: createStorageKey(), kept: null, offsetBytes: 0 });
    const append = (bytes: ByteStream, options: Partial<AppendOptions> & { from: UploadedBytes }, at = store) =>
      at.uploads.append(bytes, {
        sizeBytes: null,
        isTakeover: false,
        isWhole: false,
        accountId,
        signal,
        stop: signal,
        onDurable: async () => {},
        ...options,
      });
    const keys = async () => (await Array.fromAsync(store.list({ signal }))).map(({ key }) => key);
    const abandoned = () =>
      store.countAbandoned({ signal, olderThan: new Date(Date.now() + 60_000), findOpen: nothingOpen });
    const expectContent = async ({ key, offsetBytes }: UploadedBytes, expected: ByteStream) => {
      expect(await keys()).toEqual([key]);
      expect(await store.has(key, { signal, accountId, sizeBytes: offsetBytes })).toBe(true);
      expect(await digestOf(await store.read(key, { signal, range: null }))).toEqual(await digestOf(expected));
    };

    it.each([true, false])(
      'joins what several gateways take in, its size told: %s',
      { timeout: 120_000 },
      async (isTold) => {
        for (const cuts of toCuts(piece)) {
          const total = cuts.reduce((sum, cut) => sum + cut, 0);
          let uploaded = begin();
          for (const [index, cut] of cuts.entries()) {
            const at = index % 2 === 0 ? store : other;
            const bytes = slice(uploaded.offsetBytes, cut);
            const outcome = await append(bytes, { from: remembered(uploaded), sizeBytes: isTold ? total : null }, at);
            expect(outcome.failure).toBeNull();
            expect(outcome.uploaded.offsetBytes).toBe(uploaded.offsetBytes + cut);
            uploaded = outcome.uploaded;
          }
          await store.uploads.commit(remembered(uploaded), { signal, accountId });
          await expectContent(uploaded, slice(0, total));
          expect(await abandoned()).toBe(0);
          await store.delete(uploaded.key, { signal });
        }
      },
    );

    it('joins many tiny requests, holding few things for them', async () => {
      let uploaded = begin();
      for (let index = 0; index < TINY_REQUESTS; index += 1) {
        uploaded = (await append(slice(uploaded.offsetBytes, 1 + (index % 3)), { from: remembered(uploaded) }))
          .uploaded;
      }
      expect(JSON.stringify(uploaded.kept).length).toBeLessThan(2_000);
      await store.uploads.commit(uploaded, { signal, accountId });
      await expectContent(uploaded, slice(0, uploaded.offsetBytes));
      expect(await abandoned()).toBe(0);
    });

    it('shows nothing of an upload before it is committed', async () => {
      const { uploaded } = await append(slice(0, piece + 70_000), { from: begin() });
      expect(await keys()).toEqual([]);
      await store.uploads.commit(uploaded, { signal, accountId });
      expect(await keys()).toEqual([uploaded.key]);
    });

    it.each([0, 10_000, piece + 70_005])('keeps the %i bytes that came before the source broke', async (sizeBytes) => {
      const broken = new Error('the client has left');
      const first = await append(
        patternThen(sizeBytes, () => Promise.reject(broken)),
        { from: begin() },
      );
      expect(first).toMatchObject({ failure: { thrown: broken }, uploaded: { offsetBytes: sizeBytes } });
      const { uploaded } = await append(slice(sizeBytes, 10), { from: remembered(first.uploaded) }, other);
      await other.uploads.commit(uploaded, { signal, accountId });
      await expectContent(uploaded, slice(0, sizeBytes + 10));
    });

    it('keeps what came before it was told to stop, although the source hangs', async () => {
      const stopping = new AbortController();
      const source = patternThen(piece + 70_000, () => {
        stopping.abort(new Error('another request has come'));
        return new Promise(() => undefined);
      });
      const { uploaded, failure } = await append(source, { from: begin(), stop: stopping.signal });
      expect(failure?.thrown).toBe(stopping.signal.reason);
      expect(uploaded.offsetBytes).toBe(piece + 70_000);
    });

    it.each([0, 3 * MIB, 7 * MIB])(
      'drops all of a broken request that was to be kept whole, after %i bytes',
      async (before) => {
        const first = await append(slice(0, before), { from: begin() });
        const source = patternThen(5 * piece + 77, () => Promise.reject(new Error('not what was announced')));
        const dropped = await append(source, { from: remembered(first.uploaded), isWhole: true });
        expect(dropped.failure).not.toBeNull();
        expect(dropped.uploaded.offsetBytes).toBe(before);
        const rest = before > piece ? 6 * piece : piece + 70_000;
        const { uploaded } = await append(slice(before, rest), { from: remembered(dropped.uploaded), isWhole: true });
        await store.uploads.commit(remembered(uploaded), { signal, accountId });
        await expectContent(uploaded, slice(0, before + rest));
      },
    );

    it.each([0, 5 * MIB, 7 * MIB])(
      'is not reached by who was taken over from, or says so, after %i bytes',
      async (before) => {
        const first = await append(slice(0, before), { from: begin() });
        const from = remembered(first.uploaded);
        const { promise: released, resolve: release } = Promise.withResolvers<void>();
        const { promise: waiting, resolve: waits } = Promise.withResolvers<void>();
        async function* slow(): ByteStream {
          yield* slice(before, piece + 1000, 7);
          waits();
          await released;
          yield* slice(before + piece + 1000, 2 * piece, 7);
        }
        const late = append(slow(), { from });
        await waiting;
        const { uploaded } = await append(slice(before, 3 * piece + 1000), { from, isTakeover: true }, other);
        release();
        await late;
        const { isAsAppended } = await other.uploads.commit(remembered(uploaded), { signal, accountId });
        if (isAsAppended) await expectContent(uploaded, slice(0, before + 3 * piece + 1000));
        else
          expect(await store.has(uploaded.key, { signal, accountId, sizeBytes: before + 3 * piece + 1000 })).toBe(true);
      },
    );

    it('tells how far it is while it takes bytes in, and stops when nobody wants to know', async () => {
      const told: number[] = [];
      const { failure, uploaded } = await append(slice(0, 80 * MIB), {
        from: begin(),
        async onDurable({ offsetBytes }) {
          told.push(offsetBytes);
          if (told.length === 2) throw new Error('somebody else holds the upload');
        },
      });
      expect(told[0]).toBeGreaterThan(0);
      expect(told[1]).toBeGreaterThan(told[0] as number);
      expect(failure?.thrown).toMatchObject({ message: expect.anything() });
      expect(uploaded.offsetBytes).toBeLessThan(80 * MIB);
    });

    it('goes on from what it told when the process was killed after it', async () => {
      let told: UploadedBytes | null = null;
      const stopping = new AbortController();
      await append(slice(0, 50 * MIB), {
        from: begin(),
        signal: stopping.signal,
        async onDurable(uploaded) {
          told ??= remembered(uploaded);
        },
      });
      const from = told as UploadedBytes | null;
      if (from === null) throw new Error('it told nothing');
      const rest = 50 * MIB - from.offsetBytes;
      const { uploaded } = await append(slice(from.offsetBytes, rest), { from, isTakeover: true }, other);
      await other.uploads.commit(uploaded, { signal, accountId });
      await expectContent(uploaded, slice(0, 50 * MIB));
    });

    it('commits again, and twice at once, without harm', async () => {
      for (const sizeBytes of [0, 3_000, 2 * piece + 9]) {
        const { uploaded } = await append(slice(0, sizeBytes), { from: begin() });
        await Promise.allSettled([
          store.uploads.commit(uploaded, { signal, accountId }),
          other.uploads.commit(uploaded, { signal, accountId }),
        ]);
        await store.uploads.commit(remembered(uploaded), { signal, accountId });
        await expectContent(uploaded, slice(0, sizeBytes));
        await store.delete(uploaded.key, { signal });
      }
    });

    it('frees all of an upload, committed or not, and again without harm', async () => {
      for (const isCommitted of [false, true]) {
        for (const cuts of [[], [3_000], [piece + 70_000, 100]]) {
          let uploaded = begin();
          for (const cut of cuts) uploaded = (await append(slice(0, cut), { from: uploaded })).uploaded;
          if (isCommitted) await store.uploads.commit(uploaded, { signal, accountId });
          await store.uploads.discard(remembered(uploaded), { signal });
          await other.uploads.discard(remembered(uploaded), { signal });
          expect(await keys()).toEqual([]);
          expect(await abandoned()).toBe(0);
        }
      }
    });

    it('leaves open uploads alone when it removes what was abandoned, however old they are', async () => {
      const [open, gone] = [
        (await append(slice(0, piece + 9), { from: begin() })).uploaded,
        (await append(slice(0, piece + 9), { from: begin() })).uploaded,
      ];
      const findOpen = async (asked: readonly string[]) => new Set(asked.filter((key) => key === open.key));
      const later = new Date(Date.now() + 60_000);
      expect(await store.removeAbandoned({ signal, findOpen, olderThan: new Date(Date.now() - 60_000) })).toBe(0);
      expect(await store.removeAbandoned({ signal, findOpen, olderThan: later })).toBeGreaterThan(0);
      expect(await store.countAbandoned({ signal, findOpen, olderThan: later })).toBe(0);
      await store.uploads.commit(open, { signal, accountId });
      await expectContent(open, slice(0, piece + 9));
      await expect(store.uploads.commit(gone, { signal, accountId })).rejects.toMatchObject({ code: 'internal' });
    });
  });
}
