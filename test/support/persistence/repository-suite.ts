// What every database must do for the domain, written once; each driver's test file runs it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import { createId } from '../../../src/domain/fields/ids.ts';
import type { ResourceRepository } from '../../../src/domain/records.ts';
import { createContent, createRecord } from './records.ts';

type OpenedRepository = { readonly repository: ResourceRepository; dispose(): Promise<void> };

export function describeRepository(driver: string, open: () => Promise<OpenedRepository>): void {
  describe(`records in ${driver}`, () => {
    let opened: OpenedRepository;
    let repository: ResourceRepository;
    const call = { signal: new AbortController().signal };

    beforeAll(async () => {
      opened = await open();
      repository = opened.repository;
    });
    afterAll(() => opened.dispose());

    it('gives back every field of a full record', async () => {
      const record = createRecord({
        originalUri: 'https://example.com/a?b=c',
        externalId: 'in/a.bin',
        externalStorageType: 'azure_blob',
        tags: ['z', 'a', '{"}\\,', 'ü 😀', 'NULL', ''],
        metadata: { a: 1 },
        createdBy: 'alice',
        createdAt: new Date('2026-11-23T01:02:03.004Z'),
      });
      const content = { ...createContent(), sizeBytes: 5 * 1024 ** 4 };

      expect(await repository.insert(record, content)).toEqual({ kind: 'created', location: content.offered.location });
      expect(await repository.findById(record, call)).toEqual({
        ...record,
        sha256: content.sha256,
        sizeBytes: content.sizeBytes,
        storageBucket: content.offered.location.bucket,
        storageKey: content.offered.location.key,
        updatedAt: record.createdAt,
        version: 1,
      });
    });

    it('gives back null for every field that a bare record lacks', async () => {
      const record = createRecord();
      await repository.insert(record, createContent());
      const { originalUri, externalId, externalStorageType, metadata, createdBy, tags } =
        (await repository.findById(record, call)) ?? {};
      expect([originalUri, externalId, externalStorageType, metadata, createdBy]).toEqual([
        null,
        null,
        null,
        null,
        null,
      ]);
      expect(tags).toEqual([]);
    });

    it('gives metadata back letter by letter: key order, __proto__, numbers and any Unicode', async () => {
      const text =
        '{"z":1,"a":{"10":true,"b":[null,0.1,-0,1e21]},"__proto__":{"x":1},"constructor":{},"ключ":"😀\\u0001\\"\\\\","":""}';
      const record = createRecord({ metadata: JSON.parse(text) });
      await repository.insert(record, createContent());
      const found = await repository.findById(record, call);
      expect(JSON.stringify(found?.metadata)).toBe(JSON.stringify(JSON.parse(text)));
      expect(Object.hasOwn(found?.metadata ?? {}, '__proto__')).toBe(true);
    });

    it('keeps 100 tags in their order', async () => {
      const tags = Array.from({ length: 100 }, (_, index) => `tag ${(index * 37) % 100}`);
      const record = createRecord({ tags });
      await repository.insert(record, createContent());
      expect((await repository.findById(record, call))?.tags).toEqual(tags);
    });

    it('gives each of 300 look-ups at once its own, of several accounts, heavy and absent ones among them', async () => {
      const metadata = { text: 'm'.repeat(64 * 1024) };
      const records = Array.from({ length: 100 }, (_, at) =>
        createRecord({ accountId: `account-${at % 3}`, metadata: at % 10 === 0 ? { ...metadata, at } : { at } }),
      );
      const contents = records.map(() => createContent());
      await Promise.all(records.map((record, at) => repository.insert(record, contents[at] ?? createContent())));
      const stranger = (record: (typeof records)[number]) => ({ ...record, accountId: 'nobody' });
      const [byId, byPath, found, blobs, absent] = await Promise.all([
        Promise.all(records.map((record) => repository.findById(record, call))),
        Promise.all(records.map((record) => repository.findByPath(record, call))),
        Promise.all(records.map((record) => repository.findContent(record, call))),
        Promise.all(
          contents.map(({ sha256 }, at) =>
            repository.findBlob({ accountId: records[at]?.accountId ?? '', sha256 }, call),
          ),
        ),
        Promise.all(records.map((record) => repository.findById(stranger(record), call))),
      ]);
      expect(byId.map((resource) => resource?.id)).toEqual(records.map(({ id }) => id));
      expect(byId.map((resource) => resource?.metadata)).toEqual(records.map((record) => record.metadata));
      expect(byPath).toEqual(byId);
      expect(found.map((content) => content?.sha256)).toEqual(contents.map(({ sha256 }) => sha256));
      expect(blobs).toEqual(contents.map(({ offered }) => offered.location));
      expect(absent.filter((resource) => resource !== null)).toEqual([]);
    });

    it('does not find the record of another account', async () => {
      const record = createRecord();
      await repository.insert(record, createContent());
      expect(await repository.findById({ accountId: 'other', id: record.id }, call)).toBeNull();
    });

    it('lets exactly one of 200 inserts of one name through and tells the rest which', async () => {
      const name = randomUUID();
      const records = Array.from({ length: 200 }, () => createRecord({ name }));
      const outcomes = await Promise.all(records.map((record) => repository.insert(record, createContent())));
      const winners = records.filter((_, index) => outcomes[index]?.kind === 'created');
      expect(winners).toHaveLength(1);
      const conflicts = outcomes.filter((outcome) => outcome.kind === 'conflict');
      expect(conflicts).toHaveLength(199);
      expect(new Set(conflicts.map((outcome) => outcome.existingId))).toEqual(new Set([winners[0]?.id]));
    });

    it('lets one name exist in two folders and in two accounts', async () => {
      const name = randomUUID();
      const places = [{}, { directoryPath: '/' }, { accountId: 'other' }];
      const outcomes = await Promise.all(
        places.map((place) => repository.insert(createRecord({ name, ...place }), createContent())),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(['created', 'created', 'created']);
    });

    it('leaves nothing of a record that conflicts, not even its content', async () => {
      const taken = createRecord();
      await repository.insert(taken, createContent());
      const content = createContent();
      const outcome = await repository.insert(createRecord({ name: taken.name, tags: ['x'] }), content);
      expect(outcome).toEqual({ kind: 'conflict', existingId: taken.id });
      expect(await repository.findBlob({ accountId: 'acme', sha256: content.sha256 }, call)).toBeNull();
    });

    it('registers equal contents of one account once, however many arrive together', async () => {
      const text = randomUUID();
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => repository.insert(createRecord(), createContent(text))),
      );
      const locations = new Set(outcomes.map((outcome) => (outcome.kind === 'created' ? outcome.location.key : '')));
      expect(locations.size).toBe(1);
      const { sha256 } = createContent(text);
      expect(locations).toContain((await repository.findBlob({ accountId: 'acme', sha256 }, call))?.key);
    });

    it('never shares a content between accounts', async () => {
      const text = randomUUID();
      const [mine, theirs] = [createContent(text), createContent(text)];
      await repository.insert(createRecord(), mine);
      const outcome = await repository.insert(createRecord({ accountId: 'other' }), theirs);
      expect(outcome).toEqual({ kind: 'created', location: theirs.offered.location });
    });

    it('refuses a record without an offered content until that content is registered', async () => {
      const content = createContent();
      const unoffered = { ...content, offered: null };
      const record = createRecord();
      expect(await repository.insert(record, unoffered)).toEqual({ kind: 'blob_unknown' });
      expect(await repository.findById(record, call)).toBeNull();
      await repository.insert(createRecord(), content);
      expect(await repository.insert(record, unoffered)).toEqual({
        kind: 'created',
        location: content.offered.location,
      });
    });

    it('gives a lost blob its new place once, for every record that refers to it, in no other account', async () => {
      const content = createContent();
      const [record, later] = [createRecord(), createRecord()];
      await repository.insert(record, content);
      const theirs = { ...content, offered: createContent().offered };
      const foreign = createRecord({ accountId: 'other' });
      await repository.insert(foreign, theirs);
      const lost = content.offered.location;
      const heal = (key: string, inline: Uint8Array | null) =>
        repository.healBlob({ accountId: 'acme', ...content, lost, location: { bucket: 'new', key }, inline }, call);
      expect(await heal('first', null)).toBe(true);
      expect(await heal('second', null)).toBe(false);
      expect(await repository.insert(later, { ...content, offered: null })).toMatchObject({
        location: { bucket: 'new', key: 'first' },
      });
      for (const { id } of [record, later]) {
        expect(await repository.findContent({ accountId: 'acme', id }, call)).toMatchObject({
          location: { bucket: 'new', key: 'first' },
        });
      }
      expect(await repository.findContent(foreign, call)).toMatchObject({ location: theirs.offered.location });
    });

    it('gives a lost blob its bytes into its row', async () => {
      const content = createContent();
      const record = createRecord();
      await repository.insert(record, content);
      const location = { bucket: 'database', key: 'inside' };
      const inline = Buffer.from('the bytes');
      const lost = content.offered.location;
      expect(await repository.healBlob({ accountId: 'acme', ...content, lost, location, inline }, call)).toBe(true);
      const found = await repository.findContent(record, call);
      expect(found).toMatchObject({ location });
      expect(Buffer.from(found?.inline ?? [])).toEqual(inline);
    });

    it('lets a row that PostgreSQL refuses fail alone, in a group of 40', async () => {
      const records = Array.from({ length: 40 }, (_, index) =>
        createRecord({ tags: [`t${index}`], ...(index === 17 ? { mimeType: 'a\0b' } : {}) }),
      );
      const results = await Promise.allSettled(records.map((record) => repository.insert(record, createContent())));
      const refused = results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []));
      expect(refused).toEqual([17]);
      const stored = await Promise.all(records.map((record) => repository.findById(record, call)));
      expect(stored.map((resource) => resource?.tags[0])).toEqual(
        records.map(({ tags }, index) => (index === 17 ? undefined : tags[0])),
      );
    });

    it('lets a name that does not fit an index row fail alone, with the cause kept for the log', async () => {
      const longName = Array.from({ length: 400 }, () => randomUUID()).join('');
      const [bad, good] = await Promise.allSettled([
        repository.insert(createRecord({ name: longName }), createContent()),
        repository.insert(createRecord(), createContent()),
      ]);
      expect(good).toMatchObject({ status: 'fulfilled', value: { kind: 'created' } });
      const reason: unknown = bad.status === 'rejected' ? bad.reason : null;
      expect(reason).toBeInstanceOf(GatewayError);
      expect(reason).toMatchObject({ code: 'internal', cause: { code: '54000' } });
    });

    it('stores an id only once', async () => {
      const id = createId();
      const results = await Promise.allSettled(
        [1, 2].map(() => repository.insert(createRecord({ id }), createContent())),
      );
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('keeps inline contents of 0 bytes and of more than a group holds', async () => {
      for (const sizeBytes of [0, 5 * 1024 * 1024]) {
        const content = createContent();
        const offered = { location: content.offered.location, inline: Buffer.alloc(sizeBytes, 1) };
        const outcome = await repository.insert(createRecord(), { ...content, sizeBytes, offered });
        expect(outcome.kind).toBe('created');
      }
    });

    it('tells a download where a content is, and gives the bytes that live in the database', async () => {
      const away = createRecord();
      const { offered, uploadId, ...content } = createContent();
      await repository.insert(away, { ...content, offered, uploadId });
      const about = {
        id: away.id,
        accountId: away.accountId,
        name: away.name,
        mimeType: away.mimeType,
        createdAt: away.createdAt,
        ...content,
      };
      expect(await repository.findContent(away, call)).toEqual({ ...about, location: offered.location, inline: null });

      for (const inline of [Buffer.from([0, 255, 92, 39]), Buffer.alloc(0)]) {
        const record = createRecord();
        const { location } = createContent().offered;
        await repository.insert(record, { ...createContent(), offered: { location, inline } });
        const found = await repository.findContent(record, call);
        expect([...(found?.inline ?? [-1])]).toEqual([...inline]);
      }
    });

    it('does not find the content of another account, nor of nobody', async () => {
      const record = createRecord();
      await repository.insert(record, createContent());
      expect(await repository.findContent({ accountId: 'other', id: record.id }, call)).toBeNull();
      expect(await repository.findContent({ accountId: 'acme', id: createId() }, call)).toBeNull();
    });

    it('gives one secret under one name to all who ask, also at once, and another under another', async () => {
      const ask = (name: string) => repository.shareSecret({ name, offered: Buffer.from(randomUUID()) }, call);
      const given = await Promise.all(Array.from({ length: 20 }, () => ask('one')));
      const texts = new Set([...given, await ask('one')].map((secret) => Buffer.from(secret).toString()));
      expect(texts.size).toBe(1);
      expect(Buffer.from(await ask('two')).toString()).not.toBe([...texts][0]);
    });

    it('stops waiting when the caller has gone', async () => {
      const reason = new Error('gone');
      const gone = { signal: AbortSignal.abort(reason) };
      await expect(repository.check(gone)).rejects.toBe(reason);
      const leaving = new AbortController();
      const answer = repository.findBlob({ accountId: 'acme', sha256: 'x' }, { signal: leaving.signal });
      leaving.abort(reason);
      await expect(answer).rejects.toBe(reason);
      await repository.check(call);
    });
  });
}
