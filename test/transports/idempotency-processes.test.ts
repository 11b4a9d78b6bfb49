import { randomUUID } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { KEYED_TRANSPORTS, type KeyedTransport, send, sendHeldOpen } from '../support/transports/keyed-requests.ts';
import type { Input } from '../support/transports/transports.ts';

const REST = KEYED_TRANSPORTS[0] as KeyedTransport;
const createInput = (): Input => ({
  name: randomUUID(),
  directoryPath: '/',
  content: 'data:text/plain;base64,SGVsbG8=',
});

async function openDatabase() {
  const cleanup = new AsyncDisposableStack();
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanup.defer(() => client.end());
  return {
    url,
    run: (sql: string) => client.query(sql),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

describe('an idempotency key of several gateways on one PostgreSQL', () => {
  test('lets one of 40 equal requests to two gateways store, and no answer differs from it', async () => {
    await using database = await openDatabase();
    const env = { DATABASE_URL: database.url };
    await using first = await startGateway(env);
    await using second = await startGateway({ ...env, DATA_DIR: first.dataDir });
    const targets = await Promise.all(
      [first, second].map(async (gateway) => ({ url: gateway.url, token: await gateway.token(), key: randomUUID() })),
    );
    const key = randomUUID();
    const input = createInput();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const { url, token } = targets[index % 2] as (typeof targets)[number];
        return send(KEYED_TRANSPORTS[index % 3] as KeyedTransport, input, { url, token, key });
      }),
    );
    expect(answers.filter(({ kind, isReplay }) => kind === 'ok' && !isReplay)).toHaveLength(1);
    expect(new Set(answers.flatMap(({ resource }) => (resource === null ? [] : [resource.id]))).size).toBe(1);
    for (const { message } of answers) if (message !== null) expect(message).toMatch(/still running/);
    expect((await database.run('select from resources')).rowCount).toBe(1);
  });

  test('is refused by the one while the other runs it', async () => {
    await using database = await openDatabase();
    await using first = await startGateway({ DATABASE_URL: database.url });
    await using second = await startGateway({ DATABASE_URL: database.url, DATA_DIR: first.dataDir });
    const [input, key] = [createInput(), randomUUID()];
    const held = await sendHeldOpen(REST, input, { url: first.url, token: await first.token(), key });
    const target = { url: second.url, token: await second.token(), key };
    expect(await send(REST, input, target)).toMatchObject({ status: 409, message: /still running/ });
    expect(await held.finish()).toContain('200 OK');
    expect(await send(REST, input, target)).toMatchObject({ isReplay: true });
  });

  test('gives the first result after a restart, and after the resource has been changed and deleted', async () => {
    await using database = await openDatabase();
    const [input, key] = [createInput(), randomUUID()];
    const answers = [];
    for (const change of ['select', `update resources set name = 'changed'`, 'delete from resources', 'select']) {
      await using gateway = await startGateway({ DATABASE_URL: database.url });
      await database.run(change);
      answers.push(await send(REST, input, { url: gateway.url, token: await gateway.token(), key }));
    }
    expect(answers.map(({ isReplay }) => isReplay)).toEqual([false, true, true, true]);
    expect(new Set(answers.map(({ resource }) => JSON.stringify(resource))).size).toBe(1);
    expect((await database.run('select from resources')).rowCount).toBe(0);
  });

  test('is forgotten when its time has passed', async () => {
    await using database = await openDatabase();
    await using gateway = await startGateway({ DATABASE_URL: database.url, IDEMPOTENCY_TTL: '1' });
    const target = { url: gateway.url, token: await gateway.token(), key: randomUUID() };
    const input = createInput();
    const first = await send(REST, input, target);
    await expect
      .poll(() => send(REST, input, target), { timeout: 10_000 })
      .toMatchObject({ kind: 'conflict', isReplay: false, message: new RegExp(String(first.resource?.id)) });
  });

  test('is renewed by its owner alone: one that crashed frees it when its lease has run out', async () => {
    await using database = await openDatabase();
    await using gateway = await startGateway({ DATABASE_URL: database.url });
    const target = { url: gateway.url, token: await gateway.token(), key: randomUUID() };
    const input = createInput();
    // What a crashed gateway leaves behind.
    const claim = (lease: string) => `insert into idempotency_keys (account_id, key, owner, claimed_at, expires_at)
      values ('acme', '${target.key}', gen_random_uuid(), now() - interval '20 s', now() + interval '${lease}')
      on conflict (account_id, key) do update set expires_at = excluded.expires_at`;
    await database.run(claim('25 s'));
    const early = await send(REST, input, target);
    expect(early).toMatchObject({ status: 409, message: /still running/ });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThanOrEqual(20);
    await database.run(claim('-1 ms'));
    expect(await send(REST, input, target)).toMatchObject({ kind: 'ok', isReplay: false });
  });
});

test('an answer under an idempotency key survives SIGKILL on the embedded database', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'gateway-keys-'));
  const [input, key] = [createInput(), randomUUID()];
  const answers = [];
  for (let round = 0; round < 2; round += 1) {
    await using gateway = await spawnGateway({ dataDir: folder.path });
    answers.push(await send(REST, input, { url: gateway.url, token: await gateway.token(), key }));
    await gateway.stop('SIGKILL');
  }
  expect(answers.map(({ isReplay }) => isReplay)).toEqual([false, true]);
  expect(answers[1]?.resource).toEqual(answers[0]?.resource);
});
