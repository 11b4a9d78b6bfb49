// What the uploads of every database must do for the domain, written once; each driver's test file runs it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createId, createStorageKey } from '../../../src/domain/fields/ids.ts';
import type { NewUpload } from '../../../src/domain/uploads/ports.ts';
import type { Upload } from '../../../src/domain/uploads/upload.ts';
import type { Repository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from './records.ts';

type OpenedRepository = { readonly repository: Repository; dispose(): Promise<void> };

const call = { signal: new AbortController().signal };
const LEASE = { ...call, leaseMs: 60_000 };
const NEW = { ...call, maxOpen: 1_000, ttlMs: 60_000, dueMs: null };
const SAVE = { ...LEASE, release: false, ttlMs: 60_000, dueMs: null };

export function createUpload(changes: Partial<NewUpload> = {}): NewUpload {
  return {
    id: createId(),
    accountId: 'acme',
    createdBy: 'alice',
    method: 'resumable',
    state: 'open',
    sizeBytes: 10,
    offsetBytes: 0,
    partSizeBytes: null,
    expectedSha256: null,
    mimeType: null,
    resource: null,
    sentMetadata: null,
    location: { bucket: 'bucket', key: createStorageKey() },
    kept: null,
    resourcesNeeded: 0,
    ...changes,
  };
}

export function describeUploads(driver: string, open: () => Promise<OpenedRepository>): void {
  describe(`uploads in ${driver}`, () => {
    let opened: OpenedRepository;
    let repository: Repository;
    beforeAll(async () => {
      opened = await open();
      repository = opened.repository;
    });
    afterAll(() => opened.dispose());

    const create = async (changes: Partial<NewUpload> = {}): Promise<Upload> => {
      const created = await repository.createUpload(createUpload(changes), NEW);
      if (created === null) throw new Error('the account has too many');
      return created;
    };
    const holdOf = ({ accountId, id }: Pick<Upload, 'accountId' | 'id'>) => ({ accountId, id, owner: randomUUID() });
    const complete = async (changes: Partial<NewUpload> = {}): Promise<Upload> => {
      const hold = holdOf(await create(changes));
      const held = await repository.holdUpload(hold, LEASE);
      if (held?.kind !== 'held') throw new Error('it is held');
      const change = { ...held.upload, state: 'complete' as const, offsetBytes: 10, sha256: 'a'.repeat(64) };
      return (await repository.saveUpload(hold, change, { ...SAVE, release: true })) as Upload;
    };

    it('gives back every field of one', async () => {
      const upload = createUpload({
        createdBy: null,
        method: 'direct',
        sizeBytes: 5 * 1024 ** 4,
        offsetBytes: 4 * 1024 ** 4,
        partSizeBytes: 1024,
        expectedSha256: 'b'.repeat(64),
        mimeType: 'text/plain',
        resource: { name: 'ü', directoryPath: 'a/', tags: ['x'], metadata: JSON.parse('{"z":1,"__proto__":{"a":2}}') },
        sentMetadata: 'filename YQ==',
        kept: { uploadId: 'x', etags: ['"1"'] },
      });
      await repository.createUpload(upload, NEW);
      const found = await repository.findUpload(upload, call);
      const { resourcesNeeded: _, ...kept } = upload;
      expect(found).toMatchObject({ ...kept, sha256: null, resourceId: null, error: null, isHeld: false });
      expect(JSON.stringify(found?.resource?.metadata)).toBe('{"z":1,"__proto__":{"a":2}}');
      expect((found?.expiresAt.getTime() ?? 0) - (found?.createdAt.getTime() ?? 0)).toBe(NEW.ttlMs);
    });

    it('keeps to the account', async () => {
      const { id } = await create();
      const theirs = { accountId: 'other', id };
      expect(await repository.findUpload(theirs, call)).toBeNull();
      expect(await repository.holdUpload(holdOf(theirs), LEASE)).toBeNull();
      expect(await repository.listUploads({ accountId: 'other', before: null, maxCount: 9 }, call)).toEqual([]);
    });

    it('lists the newest first, and goes on from any of them', async () => {
      const accountId = randomUUID();
      const ids: string[] = [];
      for (let index = 0; index < 5; index += 1) ids.unshift((await create({ accountId, id: createId(index) })).id);
      const list = async (before: string | null, maxCount: number) =>
        (await repository.listUploads({ accountId, before, maxCount }, call)).map(({ id }) => id);
      expect(await list(null, 3)).toEqual(ids.slice(0, 3));
      expect(await list(ids[2] as string, 3)).toEqual(ids.slice(3));
    });

    it('lets exactly as many be open as an account may have, however many come at once', async () => {
      const accountId = randomUUID();
      const creating = Array.from({ length: 20 }, () =>
        repository.createUpload(createUpload({ accountId }), { ...NEW, maxOpen: 7 }),
      );
      const created = (await Promise.all(creating)).filter((upload) => upload !== null);
      expect(created).toHaveLength(7);
      const hold = holdOf(created[0] as Upload);
      await repository.holdUpload(hold, LEASE);
      await repository.saveUpload(hold, { ...(created[0] as Upload), state: 'failed' }, { ...SAVE, release: true });
      const again = [1, 2].map(() => repository.createUpload(createUpload({ accountId }), { ...NEW, maxOpen: 7 }));
      expect((await Promise.all(again)).filter((upload) => upload !== null)).toHaveLength(1);
    });

    it('lets one of many hold an upload, and tells it that it is wanted', async () => {
      const upload = await create();
      const holds = Array.from({ length: 10 }, () => holdOf(upload));
      const outcomes = await Promise.all(holds.map((hold) => repository.holdUpload(hold, LEASE)));
      expect(outcomes.filter((outcome) => outcome?.kind === 'held')).toMatchObject([{ isTakeover: false }]);
      const mine = holds[outcomes.findIndex((outcome) => outcome?.kind === 'held')];
      expect(await repository.renewHolds(holds, LEASE)).toEqual([{ owner: mine?.owner, isWanted: true }]);
      expect((await repository.findUpload(upload, call))?.isHeld).toBe(true);
    });

    it('counts only what the holder saves', async () => {
      const upload = await create();
      const [first, second] = [holdOf(upload), holdOf(upload)];
      await repository.holdUpload(first, { ...call, leaseMs: 0 });
      expect(await repository.holdUpload(second, LEASE)).toMatchObject({ kind: 'held', isTakeover: true });
      expect(await repository.saveUpload(first, { ...upload, offsetBytes: 9 }, SAVE)).toBeNull();
      expect(await repository.renewHolds([first], LEASE)).toEqual([]);
      expect(await repository.removeUpload(first, call)).toBeNull();
      const saved = await repository.saveUpload(second, { ...upload, offsetBytes: 3 }, { ...SAVE, release: true });
      expect(saved).toMatchObject({ offsetBytes: 3, isHeld: false });
      expect(await repository.saveUpload(second, { ...upload, offsetBytes: 4 }, SAVE)).toBeNull();
      expect(await repository.holdUpload(first, LEASE)).toMatchObject({ kind: 'held', isTakeover: false });
    });

    it('lives on with each change, but not for ever', async () => {
      const created = await repository.createUpload(createUpload(), { ...NEW, ttlMs: 1_000 });
      const hold = holdOf(created as Upload);
      await repository.holdUpload(hold, LEASE);
      const saved = await repository.saveUpload(hold, created as Upload, { ...SAVE, ttlMs: 60_000 });
      const livesMs = (saved?.expiresAt.getTime() ?? 0) - (saved?.createdAt.getTime() ?? 0);
      expect(livesMs).toBeGreaterThanOrEqual(60_000);
      await repository.saveUpload(hold, created as Upload, { ...SAVE, ttlMs: 10 });
      await repository.saveUpload(hold, created as Upload, { ...SAVE, ttlMs: null });
      expect((await repository.findUpload(created as Upload, call))?.expiresAt).toEqual(saved?.expiresAt);
    });

    it('lives on when it is prolonged, whoever holds it, and only where it is', async () => {
      const created = (await repository.createUpload(createUpload(), { ...NEW, ttlMs: 1_000 })) as Upload;
      await repository.holdUpload(holdOf(created), LEASE);
      const prolonged = await repository.prolongUpload(created, { ...call, ttlMs: 60_000 });
      const livesMs = (prolonged?.expiresAt.getTime() ?? 0) - created.createdAt.getTime();
      expect(livesMs).toBeGreaterThanOrEqual(60_000);
      expect(prolonged).toMatchObject({ isHeld: true });
      expect(await repository.prolongUpload({ ...created, accountId: 'other' }, { ...call, ttlMs: 60_000 })).toBeNull();
    });

    it('removes what has expired and nobody holds, and says so of no other', async () => {
      // Due when it expires, also when it would be looked after later.
      const gone = await repository.createUpload(createUpload(), { ...NEW, ttlMs: 1, dueMs: 600_000 });
      const held = await repository.createUpload(createUpload(), { ...NEW, ttlMs: 300 });
      await repository.holdUpload(holdOf(held as Upload), LEASE);
      const alive = await create();
      for (const { accountId, id } of [gone, held] as Upload[]) {
        await expect.poll(() => repository.findUpload({ accountId, id }, call)).toBeNull();
      }
      const due = await repository.takeDueUploads({ ...call, limit: 1_000, againMs: 60_000 });
      expect(due.map(({ id }) => id)).toContain(gone?.id);
      expect(due.map(({ id }) => id)).not.toContain(held?.id);
      expect(due.map(({ id }) => id)).not.toContain(alive.id);
      expect(await repository.takeDueUploads({ ...call, limit: 1_000, againMs: 60_000 })).toEqual([]);
      const remove = (upload: Upload | null) => repository.removeExpiredUpload(upload as Upload, call);
      expect(await remove(gone)).toMatchObject({ upload: { id: gone?.id }, isShared: false });
      expect([await remove(gone), await remove(held), await remove(alive)]).toEqual([null, null, null]);
    });

    it('finds an upload due when it was to be looked after', async () => {
      const created = await repository.createUpload(createUpload(), { ...NEW, dueMs: 0 });
      const due = await repository.takeDueUploads({ ...call, limit: 1_000, againMs: 60_000 });
      expect(due.map(({ id }) => id)).toContain(created?.id);
    });

    it('names the keys that bytes arrive for, and those of contents that nobody has taken', async () => {
      const [open, whole] = [await create(), await complete()];
      const keys = [open.location.key, whole.location.key, createStorageKey()];
      expect(await repository.findOpenKeys(keys, call)).toEqual(new Set([open.location.key]));
      expect(await repository.findNamedKeys(keys, call)).toEqual(new Set(keys.slice(0, 2)));
    });

    it('lets one record take an upload, and no other after it', async () => {
      const whole = await complete();
      const record = createRecord();
      const content = { ...createContent(), uploadId: whole.id };
      expect(await repository.insert(record, content)).toMatchObject({ kind: 'created' });
      expect(await repository.insert(createRecord(), content)).toEqual({ kind: 'upload_taken' });
      const found = await repository.findUpload(whole, call);
      expect(found).toMatchObject({ state: 'consumed', resourceId: record.id, isHeld: false });
    });

    it('leaves an upload as it is when its record conflicts, and gives none of another account or state', async () => {
      const [whole, open, theirs] = [await complete(), await create(), await complete({ accountId: 'other' })];
      const taken = createRecord();
      await repository.insert(taken, createContent());
      const conflicting = repository.insert(createRecord({ name: taken.name }), {
        ...createContent(),
        uploadId: whole.id,
      });
      expect(await conflicting).toMatchObject({ kind: 'conflict' });
      expect(await repository.findUpload(whole, call)).toMatchObject({ state: 'complete', resourceId: null });
      for (const { id } of [open, theirs]) {
        const inserting = repository.insert(createRecord(), { ...createContent(), uploadId: id });
        expect(await inserting).toEqual({ kind: 'upload_taken' });
      }
    });

    it('takes uploads and keeps results in one statement with records that do neither', async () => {
      const whole = await complete();
      const claim = { accountId: 'acme', key: randomUUID(), owner: randomUUID() };
      await repository.claimKey(claim, { leaseMs: 60_000 });
      const kept = { claim, fingerprint: 'f'.repeat(64), ttlMs: 60_000 };
      const record = createRecord();
      const outcomes = await Promise.all([
        repository.insert(createRecord(), createContent()),
        repository.insertKeyed(record, { ...createContent(), uploadId: whole.id }, kept),
        repository.insert(createRecord(), createContent()),
      ]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['created', 'created', 'created']);
      expect(await repository.findUpload(whole, call)).toMatchObject({ state: 'consumed', resourceId: record.id });
      expect(await repository.claimKey({ ...claim, owner: randomUUID() }, LEASE)).toMatchObject({ kind: 'done' });
    });

    it('says of a removed upload that a blob has its bytes', async () => {
      const whole = await complete();
      const offered = { location: whole.location, inline: null };
      await repository.insert(createRecord(), { ...createContent(), offered, uploadId: whole.id });
      const hold = holdOf(whole);
      await repository.holdUpload(hold, LEASE);
      expect(await repository.removeUpload(hold, call)).toMatchObject({ isShared: true });
    });
  });
}
