// What every BlobStore promises, as tests that any of them must pass.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlobStore, StoredBlob } from '../../../src/domain/content/blob-store.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import { digestOf, numbersOf, patternOf, patternThen } from './bytes.ts';

export type ContractOptions = {
  /** Opens a store with nothing in it; what it holds may be thrown away afterwards. */
  readonly open: () => Promise<{ store: BlobStore; remove: () => Promise<void> }>;
  /** False for a server whose abandoned uploads cannot be found and whose ranges are not right. */
  readonly faithful: boolean;
};

const KIB = 1024;
const MIB = 1024 * KIB;
const SMALL_BYTES = 10_000;
/** More than any store keeps in memory: a file or an upload exists when this much has been staged. */
const LARGE_BYTES = 12 * MIB;
const SIZES = [
  0,
  1,
  16 * KIB,
  256 * KIB,
  256 * KIB + 1,
  MIB - 1,
  MIB,
  MIB + 1,
  5 * MIB,
  5 * MIB + 1,
  10 * MIB,
  20 * MIB,
];
const A_MINUTE_MS = 60_000;
const findOpen = async (): Promise<ReadonlySet<string>> => new Set();

/** Registers the contract for one store. */
export function describeBlobStore(name: string, { open, faithful }: ContractOptions): void {
  describe(name, () => {
    let store: BlobStore;
    let remove: () => Promise<void>;
    const { signal } = new AbortController();

    beforeEach(async () => {
      ({ store, remove } = await open());
    });
    afterEach(async () => {
      await store.close();
      await remove();
    });

    const list = async (): Promise<StoredBlob[]> => {
      const found: StoredBlob[] = [];
      for await (const blob of store.list({ signal })) found.push(blob);
      return found;
    };
    const keys = async (): Promise<string[]> => (await list()).map(({ key }) => key).sort();
    const put = async (sizeBytes: number): Promise<string> => {
      const key = createStorageKey();
      const staged = await store.stage(patternOf(sizeBytes), { accountId: 'acme', key, signal });
      await staged.commit({ signal });
      return key;
    };
    const expectNothingLeft = async (): Promise<void> => {
      expect(await keys()).toEqual([]);
      const olderThan = new Date(Date.now() + A_MINUTE_MS);
      expect(await store.removeAbandoned({ signal, findOpen, olderThan })).toBe(0);
    };

    it.each(SIZES)('gives %i bytes back as they were, with their size in the list', async (sizeBytes) => {
      const key = await put(sizeBytes);

      expect(await digestOf(await store.read(key, { signal, range: null }))).toEqual(
        await digestOf(patternOf(sizeBytes)),
      );
      const listed = await list();
      expect(listed).toEqual([{ key, sizeBytes, modifiedAt: expect.any(Date) }]);
      expect(Math.abs((listed[0]?.modifiedAt.getTime() ?? 0) - Date.now())).toBeLessThan(A_MINUTE_MS);
      const olderThan = new Date(Date.now() + A_MINUTE_MS);
      expect(await store.removeAbandoned({ signal, findOpen, olderThan })).toBe(0);
    });

    it('gives exactly the bytes of a range, first and last included', async () => {
      const key = await put(1_000);
      const read = async (start: number, end: number) =>
        numbersOf(await store.read(key, { signal, range: { start, end } }));

      expect(await read(10, 14)).toEqual([10, 11, 12, 13, 14]);
      expect(await read(999, 999)).toEqual([999 % 251]);
      if (faithful) expect(await read(0, 0)).toEqual([0]);
    });

    it.each([SMALL_BYTES, LARGE_BYTES])(
      'shows nothing of %i staged bytes before they are committed',
      async (sizeBytes) => {
        const key = createStorageKey();
        const staged = await store.stage(patternOf(sizeBytes), { accountId: 'acme', key, signal });

        expect(await keys()).toEqual([]);
        await expect(store.read(key, { signal, range: null })).rejects.toThrow(GatewayError);
        await staged.commit({ signal });
        expect(await keys()).toEqual([key]);
      },
    );

    it.each([0, SMALL_BYTES, LARGE_BYTES])('leaves nothing of %i bytes that were discarded', async (sizeBytes) => {
      const staged = await store.stage(patternOf(sizeBytes), { accountId: 'acme', key: createStorageKey(), signal });
      await staged.discard();
      await staged.discard();
      await expectNothingLeft();
    });

    it('keeps a committed blob when it is discarded afterwards', async () => {
      const key = createStorageKey();
      const staged = await store.stage(patternOf(LARGE_BYTES), { accountId: 'acme', key, signal });
      await staged.commit({ signal });
      await staged.discard();
      expect(await keys()).toEqual([key]);
    });

    it.each([0, SMALL_BYTES, LARGE_BYTES])(
      'throws what a source throws after %i bytes and leaves nothing',
      async (sizeBytes) => {
        const broken = new Error('the source broke');
        const source = patternThen(sizeBytes, () => Promise.reject(broken));
        await expect(store.stage(source, { accountId: 'acme', key: createStorageKey(), signal })).rejects.toBe(broken);
        await expectNothingLeft();
      },
    );

    it.each([0, SMALL_BYTES, LARGE_BYTES])(
      'stops at an abort although the source hangs after %i bytes',
      async (sizeBytes) => {
        const aborting = new AbortController();
        const reason = new Error('the caller has left');
        const source = patternThen(sizeBytes, () => {
          aborting.abort(reason);
          return new Promise(() => undefined);
        });
        await expect(
          store.stage(source, { accountId: 'acme', key: createStorageKey(), signal: aborting.signal }),
        ).rejects.toBe(reason);
        await expectNothingLeft();
      },
    );

    it('ends the source when it is aborted in the middle of a piece', async () => {
      const aborting = new AbortController();
      let ended = false;
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          yield new Uint8Array(SMALL_BYTES);
          aborting.abort(new Error('enough'));
          yield new Uint8Array(SMALL_BYTES);
        } finally {
          ended = true;
        }
      }
      const staging = store.stage(source(), { accountId: 'acme', key: createStorageKey(), signal: aborting.signal });
      await expect(staging).rejects.toThrow('enough');
      await expect.poll(() => ended).toBe(true);
    });

    it.each([SMALL_BYTES, LARGE_BYTES])('commits nothing of %i bytes once the commit is aborted', async (sizeBytes) => {
      const reason = new Error('too late');
      const staged = await store.stage(patternOf(sizeBytes), { accountId: 'acme', key: createStorageKey(), signal });
      await expect(staged.commit({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      await staged.discard();
      await expectNothingLeft();
    });

    it('stages many contents at once, each with its own bytes', async () => {
      const contents = Array.from({ length: 12 }, (_, index) => ({
        sizeBytes: 5 * MIB + index * 700_001,
        seed: index,
      }));
      await Promise.all(
        contents.map(async ({ sizeBytes, seed }) => {
          const key = createStorageKey();
          await (await store.stage(patternOf(sizeBytes, seed), { accountId: 'acme', key, signal })).commit({ signal });
          const stored = await digestOf(await store.read(key, { signal, range: null }));
          expect(stored).toEqual(await digestOf(patternOf(sizeBytes, seed)));
        }),
      );
      expect(await keys()).toHaveLength(contents.length);
    });

    it('gives an address that serves the bytes under the given name and type, or none at all', async () => {
      const headers = { contentType: 'text/x-test', contentDisposition: 'attachment; filename="a b.txt"' };
      const url = await store.presign(await put(SMALL_BYTES), { signal, expiresInSeconds: 60, ...headers });
      if (url === null) return;
      const response = await fetch(url);
      expect((await response.bytes()).byteLength).toBe(SMALL_BYTES);
      expect(response.headers.get('content-type')).toBe(headers.contentType);
      expect(response.headers.get('content-disposition')).toBe(headers.contentDisposition);
    });

    it('deletes a blob, and harmlessly so when it has gone', async () => {
      const [kept, gone] = [await put(SMALL_BYTES), await put(SMALL_BYTES)];
      await store.delete(gone, { signal });
      await store.delete(gone, { signal });
      expect(await keys()).toEqual([kept]);
    });

    it.each([0, SMALL_BYTES, LARGE_BYTES])(
      'has %i bytes under a key, and no other number of them',
      async (sizeBytes) => {
        const key = await put(sizeBytes);
        expect(await store.has(key, { accountId: 'acme', signal, sizeBytes })).toBe(true);
        expect(await store.has(key, { accountId: 'acme', signal, sizeBytes: sizeBytes + 1 })).toBe(false);
        await store.delete(key, { signal });
        expect(await store.has(key, { accountId: 'acme', signal, sizeBytes })).toBe(false);
      },
    );

    it('does not say what it has to an aborted caller', async () => {
      const key = await put(SMALL_BYTES);
      const asking = store.has(key, {
        accountId: 'acme',
        signal: AbortSignal.abort(new Error('gone')),
        sizeBytes: SMALL_BYTES,
      });
      await expect(asking).rejects.toThrow('gone');
    });

    it('refuses to read a blob that is not there, as an internal failure', async () => {
      const reading = store.read(createStorageKey(), { signal, range: null });
      await expect(reading).rejects.toMatchObject({ name: 'GatewayError', code: 'internal' });
    });

    it('gives a blob a stamp that stays, or none, and none to what is not there', async () => {
      const key = await put(SMALL_BYTES);
      const stamp = await store.stamp(key, { signal });
      if (stamp !== null) expect(await store.stamp(key, { signal })).toBe(stamp);
      expect(await store.stamp(createStorageKey(), { signal })).toBeNull();
    });

    it('stops a reading that is aborted half way', async () => {
      const aborting = new AbortController();
      const bytes = await store.read(await put(LARGE_BYTES), { signal: aborting.signal, range: null });
      const reading = (async () => {
        for await (const _ of bytes) aborting.abort();
      })();
      await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('frees the rest when a reader leaves early, and stays usable', async () => {
      const key = await put(LARGE_BYTES);
      for await (const _ of await store.read(key, { signal, range: null })) break;
      await store.check({ signal });
    });

    it.runIf(faithful)('removes what was abandoned before a date and nothing younger', async () => {
      await store.stage(patternOf(LARGE_BYTES), { accountId: 'acme', key: createStorageKey(), signal });
      await put(SMALL_BYTES);

      const [before, after] = [new Date(Date.now() - A_MINUTE_MS), new Date(Date.now() + A_MINUTE_MS)];
      expect(await store.removeAbandoned({ signal, findOpen, olderThan: before })).toBe(0);
      expect(await store.countAbandoned({ signal, findOpen, olderThan: before })).toBe(0);
      expect(await store.countAbandoned({ signal, findOpen, olderThan: after })).toBe(1);
      expect(await store.removeAbandoned({ signal, findOpen, olderThan: after })).toBe(1);
      expect(await store.removeAbandoned({ signal, findOpen, olderThan: after })).toBe(0);
      expect(await keys()).toHaveLength(1);
    });

    it('keeps the first label that is put on it, out of the list, until it is told to replace it', async () => {
      expect(await store.readLabel({ signal })).toBeNull();
      const said = await Promise.all(['a', 'b', 'c'].map((text) => store.writeLabel(text, { signal, replace: false })));
      if (faithful) expect(new Set(said).size).toBe(1);
      const label = await store.readLabel({ signal });
      expect(said).toContain(label);
      if (faithful) expect(await store.writeLabel('d', { signal, replace: false })).toBe(label);
      expect(await store.writeLabel('e', { signal, replace: true })).toBe('e');
      expect(await store.readLabel({ signal })).toBe('e');
      await expectNothingLeft();
    });

    it('is ready, and refuses to say so to an aborted caller', async () => {
      await store.check({ signal });
      await expect(store.check({ signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    });
  });
}
