import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { comparePositions, LOG_START, type LogPosition } from '../../../src/domain/events/event.ts';
import type { EndpointHealth } from '../../../src/domain/webhooks/ports.ts';
import type { Webhook } from '../../../src/domain/webhooks/webhook.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { readAll, settle } from '../../support/persistence/events.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';
import { createAttempt, createHealth, createResult, createWebhook } from '../../support/persistence/webhooks.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const cleanup = new AsyncDisposableStack();
const call = { signal: new AbortController().signal };
let repository: Repository;
let client: pg.Client;

beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  repository = cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
  client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanup.defer(() => client.end());
});
afterAll(() => cleanup.disposeAsync());

async function insert(changes: Partial<Webhook> = {}): Promise<Webhook> {
  const webhook = createWebhook({ accountId: randomUUID(), ...changes });
  expect(await repository.insertWebhook(webhook, { maxCount: 50, ...call })).toBe(true);
  return webhook;
}

const store = async (accountId: string) => {
  expect((await repository.insert(createRecord({ accountId }), createContent())).kind).toBe('created');
  await settle(repository);
};

/** A webhook with something to deliver. */
async function insertDue(changes: Partial<Webhook> = {}): Promise<Webhook> {
  const webhook = await insert(changes);
  await store(webhook.accountId);
  return webhook;
}

const CLAIM = {
  accountIds: null,
  exceptAccountIds: [],
  after: null,
  leaseMs: 60_000,
  maxCount: 500,
  maxPerAccount: 10,
};

const claim = async ({ accountId }: Pick<Webhook, 'accountId'>, owner: string = randomUUID()) => {
  const query = { ...CLAIM, accountIds: [accountId], owner };
  return (await repository.claimWebhooks(query, call)).claimed.map(({ id }) => id);
};

type Recording = { readonly owner: string; readonly results?: readonly ReturnType<typeof createResult>[] } & Partial<{
  position: LogPosition;
  health: EndpointHealth;
  release: boolean;
  leaseMs: number;
}>;

const record = ({ accountId, id, position }: Webhook, recording: Recording) =>
  repository.recordBatch(
    { accountId, id, position, results: [], health: createHealth(), leaseMs: 60_000, release: true, ...recording },
    call,
  );

const list = (webhook: Webhook, failed = false, before: LogPosition | null = null) =>
  repository.listDeliveries({ ...webhook, failed, before, maxCount: 10 }, call);

const at = (id: bigint): LogPosition => ({ ...LOG_START, id });
const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe('a webhook', () => {
  it('is given back with every field', async () => {
    const plain = await insert();
    const full = createWebhook({
      accountId: plain.accountId,
      filter: { types: ['resource.created', 'directory.moved'], resourceId: null, directoryPath: '/a b' },
      description: 'ü',
      position: { era: 3, xid: 2n ** 63n, id: 2n ** 62n },
      createdBy: null,
    });
    expect(await repository.insertWebhook(full, { maxCount: 50, ...call })).toBe(true);
    expect(await repository.findWebhook(plain, call)).toEqual(plain);
    expect(await repository.findWebhook(full, call)).toEqual(full);
    expect(await repository.listWebhooks(plain, call)).toEqual([plain, full]);
  });

  it('belongs to its account', async () => {
    const theirs = { ...(await insert()), accountId: randomUUID() };
    expect(await repository.findWebhook(theirs, call)).toBeNull();
    expect(await repository.listWebhooks(theirs, call)).toEqual([]);
    expect(await repository.updateWebhook(theirs, { change: { updatedAt: new Date() }, ...call })).toBeNull();
    expect(await repository.deleteWebhook(theirs, call)).toBe(false);
    expect(await list(theirs)).toEqual([]);
  });

  it('is one too many even when several come at once', async () => {
    const accountId = randomUUID();
    const one = () => repository.insertWebhook(createWebhook({ accountId }), { maxCount: 3, ...call });
    const inserted = await Promise.all(Array.from({ length: 8 }, one));
    expect(inserted.filter(Boolean)).toHaveLength(3);
    expect(await repository.listWebhooks({ accountId }, call)).toHaveLength(3);
  });

  it('changes what is given and nothing else', async () => {
    const webhook = await insert({
      description: 'before',
      filter: { types: ['resource.deleted'], resourceId: null, directoryPath: '/a' },
    });
    const updatedAt = minutesFromNow(1);
    const update = (change: object) => repository.updateWebhook(webhook, { change: { updatedAt, ...change }, ...call });
    let expected = { ...webhook, updatedAt };
    for (const change of [
      { url: 'https://example.org/' },
      { description: null },
      { position: { era: 1, xid: 7n, id: 8n } },
    ]) {
      expected = { ...expected, ...change };
      expect(await update(change)).toEqual(expected);
    }
    for (const change of [{ types: null }, { directoryPath: '/b' }, { directoryPath: null }]) {
      expected = { ...expected, filter: { ...expected.filter, ...change } };
      expect(await update(change)).toEqual(expected);
    }
    const until = minutesFromNow(60);
    expect(await update({ secret: { secret: 'whsec_AAAA', previousUntil: until } })).toEqual({
      ...expected,
      secret: 'whsec_AAAA',
      previousSecret: { secret: webhook.secret, until },
    });
    expect(await update({ isEnabled: false })).toMatchObject({ disabledReason: 'by_hand' });
    expect(await update({ isEnabled: true })).toMatchObject({ disabledReason: null });
  });

  it('that is enabled again has never failed, and keeps why it was switched off while it is not', async () => {
    const webhook = await insertDue();
    const owner = randomUUID();
    await claim(webhook, owner);
    const health = createHealth({
      failures: 9,
      failingSince: new Date(),
      resumeAt: minutesFromNow(9),
      disabledReason: 'gone',
    });
    await record(webhook, { owner, health });
    const update = (isEnabled: boolean) =>
      repository.updateWebhook(webhook, { change: { isEnabled, updatedAt: new Date() }, ...call });
    expect(await update(false)).toMatchObject(health);
    expect(await claim(webhook)).toEqual([]);
    expect(await update(true)).toMatchObject(createHealth());
    expect(await claim(webhook)).toEqual([webhook.id]);
  });

  it('takes its deliveries along when it is deleted', async () => {
    const webhook = await insertDue();
    const owner = randomUUID();
    await claim(webhook, owner);
    await record(webhook, { owner, results: [createResult()] });
    expect(await list(webhook)).toHaveLength(1);
    expect(await repository.deleteWebhook(webhook, call)).toBe(true);
    expect(await repository.deleteWebhook(webhook, call)).toBe(false);
    expect(await list(webhook)).toEqual([]);
  });
});

describe('a claim', () => {
  it('is of whoever has something to deliver, and of one process at a time', async () => {
    const accountId = randomUUID();
    const idle = await insert({ accountId });
    expect(await claim(idle)).toEqual([]);
    const webhooks = [idle];
    for (let count = 0; count < 5; count += 1) webhooks.push(await insert({ accountId }));
    await store(accountId);
    const claims = await Promise.all(Array.from({ length: 4 }, () => claim(idle)));
    expect(claims.flat().toSorted()).toEqual(webhooks.map(({ id }) => id).toSorted());
    expect(await claim(idle)).toEqual([]);
  });

  it('gives an account its share, and each webhook its turn', async () => {
    const accountId = randomUUID();
    for (let count = 0; count < 5; count += 1) await insert({ accountId });
    await store(accountId);
    const query = { ...CLAIM, accountIds: [accountId], maxPerAccount: 2 };
    const turns = new Set<string>();
    for (let turn = 0; turn < 3; turn += 1) {
      const owner = randomUUID();
      const { claimed } = await repository.claimWebhooks({ ...query, owner }, call);
      expect(claimed).toHaveLength(2);
      const excepted = { ...query, owner, exceptAccountIds: [accountId] };
      expect((await repository.claimWebhooks(excepted, call)).claimed).toEqual([]);
      for (const webhook of claimed) {
        turns.add(webhook.id);
        await record(webhook, { owner });
      }
    }
    expect(turns.size).toBe(5);
  });

  it('passes by who is held back, switched off, or at the end of the log', async () => {
    const { accountId } = await insertDue();
    const [event] = await readAll(repository, { accountId });
    await repository.deleteWebhook((await repository.listWebhooks({ accountId }, call))[0] as Webhook, call);
    const off = await insert({ accountId });
    await repository.updateWebhook(off, { change: { isEnabled: false, updatedAt: new Date() }, ...call });
    await insert({ accountId, ...(event && { position: event.position }) });
    const held = await insert({ accountId });
    const owner = randomUUID();
    expect(await claim(held, owner)).toEqual([held.id]);
    await record(held, { owner, health: createHealth({ resumeAt: minutesFromNow(1) }) });
    expect(await claim(held)).toEqual([]);
  });

  it('is also of whom something failed for, once it is due again', async () => {
    const webhook = await insertDue();
    const [event] = await readAll(repository, webhook);
    const position = event?.position as LogPosition;
    const owner = randomUUID();
    await claim(webhook, owner);
    const failed = createResult({ position, state: 'retrying', nextAttemptAt: minutesFromNow(1) });
    await record(webhook, { owner, position, results: [failed] });
    expect(await claim(webhook)).toEqual([]);
    expect(await repository.listDueDeliveries(webhook, { maxCount: 10, ...call })).toEqual([]);
    await client.query(`update webhook_deliveries set due_at = now() where webhook_id = $1`, [webhook.id]);
    expect(await claim(webhook)).toEqual([webhook.id]);
    expect(await repository.listDueDeliveries(webhook, { maxCount: 10, ...call })).toMatchObject([{ position }]);
  });

  it('goes through all accounts page by page', async () => {
    const webhooks = [await insertDue(), await insertDue(), await insertDue()];
    const claimed: string[] = [];
    let after = null;
    do {
      const query = { ...CLAIM, after, owner: randomUUID() };
      const page: Awaited<ReturnType<typeof repository.claimWebhooks>> = await repository.claimWebhooks(query, call);
      claimed.push(...page.claimed.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(claimed).toEqual(expect.arrayContaining(webhooks.map(({ id }) => id)));
    const accounts = await repository.listDeliveringAccounts({ maxCount: 10_000, ...call });
    expect(accounts).toEqual(expect.arrayContaining(webhooks.map(({ accountId }) => accountId)));
  });

  it('ends with its time, after which another process delivers, and the first writes nothing any more', async () => {
    const webhook = await insertDue();
    const [first, second] = [randomUUID(), randomUUID()];
    expect(await claim(webhook, first)).toEqual([webhook.id]);
    await client.query(`update webhooks set claimed_until = now() where id = $1`, [webhook.id]);
    expect(await claim(webhook, second)).toEqual([webhook.id]);
    expect(await record(webhook, { owner: first, position: at(1n), results: [createResult()] })).toBeNull();
    expect(await list(webhook)).toEqual([]);
    expect(await repository.findWebhook(webhook, call)).toEqual(webhook);
    expect(await record(webhook, { owner: second, results: [createResult()] })).toEqual(webhook);
    expect(await list(webhook)).toHaveLength(1);
  });

  it('is lost to a replay and to a switch, but not to another address', async () => {
    const change = { updatedAt: new Date() };
    for (const [wanted, more] of [
      [true, { url: 'https://example.org/' }],
      [false, { position: LOG_START }],
      [false, { isEnabled: false }],
    ] as const) {
      const webhook = await insertDue();
      const owner = randomUUID();
      await claim(webhook, owner);
      await repository.updateWebhook(webhook, { change: { ...change, ...more }, ...call });
      expect(await record(webhook, { owner })).toEqual(
        wanted ? expect.objectContaining({ id: webhook.id, ...more }) : null,
      );
    }
  });

  it('can be kept for the next batch', async () => {
    const webhook = await insertDue();
    const owner = randomUUID();
    await claim(webhook, owner);
    expect(await record(webhook, { owner, release: false })).toEqual(webhook);
    expect(await claim(webhook)).toEqual([]);
    expect(await record(webhook, { owner })).toEqual(webhook);
    expect(await claim(webhook)).toEqual([webhook.id]);
  });
});

describe('a delivery', () => {
  async function claimed() {
    const webhook = await insertDue();
    const owner = randomUUID();
    await claim(webhook, owner);
    return {
      webhook,
      write: (recording: Partial<Recording>) => record(webhook, { owner, release: false, ...recording }),
    };
  }

  it('has every attempt, and is listed newest first', async () => {
    const { webhook, write } = await claimed();
    const attempts = [
      createAttempt({ status: null, error: 'no answer', response: 'ü' }),
      createAttempt({ status: 500, error: 'the address answered 500' }),
      createAttempt(),
    ] as const;
    const nextAttemptAt = minutesFromNow(5);
    const failed = createResult({ position: at(1n), attempt: attempts[0], state: 'retrying', nextAttemptAt });
    await write({ results: [failed, createResult({ position: at(2n) })] });
    await write({ results: [{ ...failed, isFirst: false, attempt: attempts[1] }] });
    const { eventId, type } = failed;
    const shown = { accountId: webhook.accountId, webhookId: webhook.id, position: at(1n), eventId, type };
    expect((await list(webhook))[1]).toEqual({
      ...shown,
      state: 'retrying',
      attempts: attempts.slice(0, 2),
      nextAttemptAt,
    });
    expect((await list(webhook, true)).map(({ position }) => position)).toEqual([at(1n)]);
    await write({
      results: [{ ...failed, isFirst: false, attempt: attempts[2], state: 'delivered', nextAttemptAt: null }],
    });
    expect((await list(webhook))[1]).toEqual({ ...shown, state: 'delivered', attempts, nextAttemptAt: null });
    expect((await list(webhook, false, at(2n))).map(({ position }) => position)).toEqual([at(1n)]);
    expect(await list(webhook, true)).toEqual([]);
  });

  it('begins anew with a first attempt', async () => {
    const { webhook, write } = await claimed();
    for (const isFirst of [true, false, true, false]) await write({ results: [createResult({ isFirst })] });
    expect((await list(webhook)).map(({ attempts }) => attempts.length)).toEqual([2]);
  });

  it('is given up with its webhook', async () => {
    const { webhook, write } = await claimed();
    const retrying = (id: bigint) =>
      createResult({ position: at(id), state: 'retrying', nextAttemptAt: minutesFromNow(1) });
    await write({ results: [retrying(1n), retrying(2n), createResult({ position: at(3n) })] });
    await write({
      results: [{ ...retrying(2n), state: 'failed', nextAttemptAt: null }, retrying(4n)],
      health: createHealth({ disabledReason: 'gone' }),
    });
    const states = (await list(webhook)).map(({ position, state }) => [position.id, state]);
    expect(states).toEqual([
      [4n, 'failed'],
      [3n, 'delivered'],
      [2n, 'failed'],
      [1n, 'failed'],
    ]);
  });

  it('goes when it need not be shown any more', async () => {
    const { webhook, write } = await claimed();
    const results = [
      createResult({ position: at(1n) }),
      createResult({ position: at(2n), state: 'failed' }),
      createResult({ position: at(3n), state: 'retrying', nextAttemptAt: new Date() }),
    ];
    await write({ results });
    await repository.removeOldDeliveries(call);
    expect(await list(webhook)).toHaveLength(3);
    const age = (days: number) =>
      client.query(`update webhook_deliveries set due_at = due_at - $1 * interval '1 day' where webhook_id = $2`, [
        days,
        webhook.id,
      ]);
    await age(4);
    expect(await repository.removeOldDeliveries(call)).toBeGreaterThanOrEqual(1);
    expect((await list(webhook)).map(({ position }) => position.id)).toEqual([3n, 2n]);
    await age(27);
    await repository.removeOldDeliveries(call);
    expect((await list(webhook)).map(({ position }) => position.id)).toEqual([3n]);
  });

  it('tells since when the oldest has been waiting', async () => {
    await client.query('delete from webhooks');
    expect(await repository.findOldestUndelivered(call)).toBeNull();
    const { webhook, write } = await claimed();
    const [event] = await readAll(repository, webhook);
    const waiting = await repository.findOldestUndelivered(call);
    expect(waiting).toEqual(event?.createdAt);
    const failedAt = minutesFromNow(-60);
    const attempt = createAttempt({ at: failedAt, error: 'no' });
    const position = event?.position as LogPosition;
    await write({
      position,
      results: [createResult({ position, attempt, state: 'retrying', nextAttemptAt: new Date() })],
    });
    expect(await repository.findOldestUndelivered(call)).toEqual(failedAt);
    await write({ position, results: [createResult({ position })] });
    expect(await repository.findOldestUndelivered(call)).toBeNull();
    expect(comparePositions(position, LOG_START)).toBeGreaterThan(0);
  });
});
