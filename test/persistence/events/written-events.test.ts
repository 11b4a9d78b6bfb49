import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { NewResource } from '../../../src/domain/create/ports.ts';
import type { LoggedEvent } from '../../../src/domain/events/event.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { readAll } from '../../support/persistence/events.ts';
import { createPartitionedDatabase } from '../../support/persistence/partitioned.ts';
import { createContent, createRecord, FOR_GOOD } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

type Opened = { readonly repository: Repository; dispose(): Promise<void> };

async function openPostgres(create = createDatabase): Promise<Opened> {
  const database = await create(inject('postgresUrl'));
  const repository = await openRepository({ database: { kind: 'postgres', url: database.url } });
  return {
    repository,
    dispose: async () => {
      await repository.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function openEmbedded(): Promise<Opened> {
  const parent = await mkdtemp(join(tmpdir(), 'events-'));
  const repository = await openRepository({ database: { kind: 'embedded', directory: join(parent, 'pg'), url: null } });
  return {
    repository,
    dispose: async () => {
      await repository.close();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

describe.each([
  { driver: 'PostgreSQL', open: () => openPostgres() },
  { driver: 'PostgreSQL, partitioned by account', open: () => openPostgres(createPartitionedDatabase) },
  { driver: 'the embedded database', open: openEmbedded },
])('the log in $driver', ({ open }) => {
  let opened: Opened;
  let repository: Repository;
  let told: [string, number][] = [];
  const call = { signal: new AbortController().signal };
  const changedAt = new Date();

  beforeAll(async () => {
    opened = await open();
    repository = opened.repository;
    repository.onCommitted((accountId, events) => told.push([accountId, events]));
  });
  afterAll(() => opened.dispose());

  async function store(changes: Partial<NewResource> = {}) {
    const record = createRecord(changes);
    const outcome = await repository.insert(record, createContent());
    expect(outcome.kind).toBe('created');
    return { ...record, expected: null };
  }

  /** What an account of its own is told of what `act` does in it. */
  async function listen(act: (accountId: string) => Promise<unknown>): Promise<LoggedEvent[]> {
    const accountId = randomUUID();
    await act(accountId);
    return readAll(repository, { accountId });
  }

  const shown = (events: readonly LoggedEvent[]) =>
    events.map(({ type, subject, directoryPath, otherPath }) => [type, subject, directoryPath, otherPath]);

  it('tells of a create with the whole resource, as it is then read', async () => {
    const metadata = JSON.parse('{"z":1,"a":{"10":true,"b":[null,0.1,1e21]},"__proto__":{"x":1},"ключ":"😀\\"\\\\"}');
    const accountId = randomUUID();
    const record = await store({
      accountId,
      originalUri: 'https://example.com/a?b=c',
      externalId: 'in/a.bin',
      externalStorageType: 'azure_blob',
      tags: ['z', 'a', '{"}\\,', 'ü 😀'],
      metadata,
      createdBy: 'alice',
      createdAt: new Date('2026-11-23T01:02:03.004Z'),
    });
    const [event, ...others] = await readAll(repository, { accountId });
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'resource.created',
      subject: record.id,
      directoryPath: '/docs',
      otherPath: null,
    });
    const resource = await repository.findById(record, call);
    expect(event?.data).toEqual({ kind: 'resource', resource, changed: null });
    expect(JSON.stringify(event?.data)).toContain(JSON.stringify(metadata));
  });

  it('tells of a create whose content the account has already, with where that lies', async () => {
    const content = createContent();
    const events = await listen(async (accountId) => {
      await repository.insert(createRecord({ accountId }), content);
      await repository.insert(createRecord({ accountId }), { ...createContent(), ...content, offered: null });
    });
    const keys = events.map(({ data }) => data.kind === 'resource' && data.resource.storageKey);
    expect(keys).toEqual([content.offered.location.key, content.offered.location.key]);
  });

  it('tells nothing of a create that is refused, and once of one under a key', async () => {
    const events = await listen(async (accountId) => {
      const { name } = await store({ accountId });
      expect((await repository.insert(createRecord({ accountId, name }), createContent())).kind).toBe('conflict');
      const claim = { accountId, key: randomUUID(), owner: randomUUID() };
      await repository.claimKey(claim, { leaseMs: 60_000 });
      const kept = { claim, fingerprint: 'f'.repeat(64), ttlMs: 60_000 };
      expect((await repository.insertKeyed(createRecord({ accountId }), createContent(), kept)).kind).toBe('created');
      expect((await repository.insertKeyed(createRecord({ accountId }), createContent(), kept)).kind).toBe(
        'claim_lost',
      );
    });
    expect(events).toHaveLength(2);
  });

  it('tells of an update with the resource as it is afterwards, and what is other than before', async () => {
    const accountId = randomUUID();
    const record = await store({ accountId, tags: ['a', 'b'], metadata: { a: 1 } });
    const changes = [
      { change: { tags: ['a', 'b'], metadata: { a: 1 }, name: record.name }, changed: [] },
      { change: { name: 'other' }, changed: ['name'] },
      { change: { directoryPath: '/else', tags: ['b'] }, changed: ['directoryPath', 'tags'] },
      { change: { metadata: null }, changed: ['metadata'] },
    ];
    for (const { change, changed } of changes) {
      const outcome = await repository.update(record, { change, changedAt, ...call });
      const event = (await readAll(repository, { accountId })).at(-1);
      expect(event?.type).toBe('resource.updated');
      expect(event?.data).toEqual({
        kind: 'resource',
        resource: outcome.kind === 'updated' && outcome.resource,
        changed,
      });
    }
    const paths = shown(await readAll(repository, { accountId })).map(([, , ...paths]) => paths);
    expect(paths).toEqual([
      ['/docs', null],
      ['/docs', null],
      ['/docs', null],
      ['/else', '/docs'],
      ['/else', null],
    ]);
  });

  it('tells nothing of an update that is refused or finds nothing', async () => {
    const events = await listen(async (accountId) => {
      const [a, b] = [await store({ accountId }), await store({ accountId })];
      const update = (...[record, name]: [typeof a, string]) =>
        repository.update(record, { change: { name }, changedAt, ...call });
      expect((await update(a, b.name)).kind).toBe('conflict');
      expect((await update({ ...a, expected: { updatedAt: [new Date(0)] } } as never, 'x')).kind).toBe('stale');
      expect((await update({ ...a, id: randomUUID() }, 'x')).kind).toBe('not_found');
    });
    expect(events.map(({ type }) => type)).toEqual(['resource.created', 'resource.created']);
  });

  it('tells of each delete by id with the resource as it was, its tags included, and of none that did nothing', async () => {
    const accountId = randomUUID();
    const records = [];
    for (let count = 0; count < 3; count += 1) records.push(await store({ accountId, tags: ['a', 'b'] }));
    const [first, ...others] = records as [(typeof records)[0], ...typeof records];
    const before = await Promise.all(records.map((record) => repository.findById(record, call)));
    await repository.delete({ ...first, expected: { updatedAt: [new Date(0)] } }, { ...FOR_GOOD, ...call });
    await repository.delete(first, { ...FOR_GOOD, ...call });
    await repository.delete(first, { ...FOR_GOOD, ...call });
    await repository.deleteMany({ accountId, ids: records.map(({ id }) => id) }, { ...FOR_GOOD, ...call });
    await repository.deleteMany({ accountId, ids: others.map(({ id }) => id) }, { ...FOR_GOOD, ...call });
    const gone = (await readAll(repository, { accountId })).filter(({ type }) => type === 'resource.deleted');
    const resources = gone.flatMap(({ data }) => (data.kind === 'resource' ? [data.resource] : []));
    expect(new Set(resources)).toEqual(new Set(before));
    expect(resources).toHaveLength(before.length);
    expect(gone[0]?.subject).toBe(first.id);
  });

  it('tells of a moved directory once, and not of one with nothing in it or a name that is taken', async () => {
    const events = await listen(async (accountId) => {
      const move = (directoryPath: string, to: string) =>
        repository.moveDirectory({ accountId, directoryPath }, { to, changedAt, maxPathBytes: 1_000, ...call });
      for (const directoryPath of ['/a/b', '/a/b/c', '/a/b/b']) await store({ accountId, directoryPath, name: 'x' });
      expect(await move('/a/b', '/elsewhere')).toEqual({ kind: 'moved', count: 3 });
      expect(await move('/a/b', '/elsewhere')).toEqual({ kind: 'moved', count: 0 });
      expect(await move('/elsewhere', '/')).toEqual({ kind: 'moved', count: 3 });
      await store({ accountId, directoryPath: '/d', name: 'x' });
      expect((await move('/c', '/d')).kind).toBe('conflict');
    });
    expect(events.slice(3).map(({ type, data }) => [type, data.kind === 'resource' ? null : data])).toEqual([
      ['directory.moved', { kind: 'moved', from: '/a/b', to: '/elsewhere', moved: 3 }],
      ['directory.moved', { kind: 'moved', from: '/elsewhere', to: '/', moved: 3 }],
      ['resource.created', null],
    ]);
  });

  it('tells of a deleted directory once for each part, and which was the last', async () => {
    const events = await listen(async (accountId) => {
      for (let count = 0; count < 4; count += 1) await store({ accountId, directoryPath: `/a/${count % 2}` });
      const remove = (maxCount: number) =>
        repository.deleteDirectory({ accountId, directoryPath: '/a' }, { ...FOR_GOOD, maxCount, ...call });
      expect([await remove(2), await remove(2), await remove(2)]).toEqual([2, 2, 0]);
    });
    expect(events.slice(4).map(({ data }) => data)).toEqual([
      { kind: 'deleted', path: '/a', deleted: 2, isComplete: false },
      { kind: 'deleted', path: '/a', deleted: 2, isComplete: true },
    ]);
  });

  it('says of each commit whose it was and how many events it wrote', async () => {
    const accountId = randomUUID();
    told = [];
    const records = await Promise.all([store({ accountId }), store({ accountId })]);
    await repository.deleteMany({ accountId, ids: records.map(({ id }) => id) }, { ...FOR_GOOD, ...call });
    const sum = told.filter(([account]) => account === accountId).reduce((total, [, events]) => total + events, 0);
    expect(sum).toBe((await readAll(repository, { accountId })).length);
  });

  it('keeps the events of one account from another', async () => {
    await store({ accountId: 'other' });
    expect(await listen(async () => undefined)).toEqual([]);
  });
});
