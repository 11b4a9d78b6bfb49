// A PostgreSQL that takes connections and statements and says nothing: no call waits for it for ever.
import { describe, expect, inject, it } from 'vitest';
import { openRepository } from '../../src/persistence/repository.ts';
import { createContent, createRecord } from '../support/persistence/records.ts';
import { openLosingRelay } from '../support/servers/losing-relay.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const TIMEOUTS = { answerTimeoutMs: 500, connectTimeoutMs: 500 };
const call = { signal: new AbortController().signal };

async function openBehindRelay() {
  await using cleanup = new AsyncDisposableStack();
  const database = cleanup.use(await createDatabase(inject('postgresUrl')));
  const relay = cleanup.use(await openLosingRelay(database.url));
  const location = { kind: 'postgres', url: relay.url } as const;
  const repository = cleanup.adopt(await openRepository({ database: location, ...TIMEOUTS }), (it) => it.close());
  const held = cleanup.move();
  return { relay, repository, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe('when PostgreSQL falls silent', () => {
  it('every call fails when its time is over, gives its connection up, and works again afterwards', async () => {
    await using opened = await openBehindRelay();
    const { relay, repository } = opened;
    const record = createRecord();
    await repository.insert(record, createContent());

    relay.setSilent(true);
    const version = { ...record, expected: null };
    const changed = { change: { tags: ['changed'] }, changedAt: new Date(), ...call };
    const move = { to: '/moved', changedAt: new Date(), maxPathBytes: 1_000, ...call };
    const calls = [
      () => repository.insert(createRecord(), createContent()),
      () => repository.findById(record, call),
      () => repository.update(version, changed),
      () => repository.moveDirectory(record, move),
      () => repository.claimKey({ accountId: 'acme', key: 'k', owner: record.id }, { leaseMs: 1_000 }),
      () => repository.check(call),
    ];
    // Over the connection that it has, then over those that nobody answers any more.
    for (const each of calls) await expect(each()).rejects.toMatchObject({ code: 'internal' });
    expect(repository.poolState()?.open).toBe(0);

    relay.setSilent(false);
    await repository.check(call);
    expect(await repository.findById(record, call)).toMatchObject({ id: record.id });
  });

  it('an opening fails when nobody has answered in time', async () => {
    await using database = await createDatabase(inject('postgresUrl'));
    await using relay = await openLosingRelay(database.url);
    relay.setSilent(true);
    const opening = openRepository({ database: { kind: 'postgres', url: relay.url }, ...TIMEOUTS });
    await expect(opening).rejects.toThrow(/timeout/i);
  });
});
