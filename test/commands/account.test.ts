import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openRepository } from '../../src/persistence/repository.ts';
import { runScript } from '../support/acceptance/process.ts';
import { createContent, createRecord } from '../support/persistence/records.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const cleanup = new AsyncDisposableStack();
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  env = { DATABASE_URL: url, QUOTA_BYTES: '1000' };
  const repository = await openRepository({ database: { kind: 'postgres', url } });
  for (const accountId of ['acme', 'b\u001b[1m'])
    await repository.insert(createRecord({ accountId }), createContent('12345'));
  await repository.close();
});
afterAll(() => cleanup.disposeAsync());

const run = (...args: string[]) => runScript(['src/commands/account.ts', ...args], env);

describe('account', () => {
  test('lists what every account uses, without control characters', async () => {
    const { code, stdout, stderr } = await run('list');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '"acme"  resources 1 of any number  bytes 5 used, 0 reserved, 0 in versions, 0 in trash, of 1000',
      '"b\\u001b[1m"  resources 1 of any number  bytes 5 used, 0 reserved, 0 in versions, 0 in trash, of 1000',
      '',
    ]);
  });

  test('sets quotas, each by itself, and shows them', async () => {
    expect((await run('set', 'acme', '--quota-bytes', '7')).code).toBe(0);
    const set = await run('set', 'acme', '--quota-resources', '3', '--json');
    expect(JSON.parse(set.stdout)).toEqual({
      account: 'acme',
      bytes: { used: 5, reserved: 0, versions: 0, trash: 0, limit: 7 },
      resources: { used: 1, trash: 0, limit: 3 },
    });
    await run('set', 'acme', '--quota-bytes', 'none');
    expect(JSON.parse((await run('show', 'acme', '--json')).stdout)).toMatchObject({
      bytes: { limit: null },
      resources: { limit: 3 },
    });
    await run('set', 'acme', '--quota-bytes', 'default', '--quota-resources', 'default');
    expect(JSON.parse((await run('show', 'acme', '--json')).stdout)).toMatchObject({
      bytes: { limit: 1000 },
      resources: { limit: null },
    });
  });

  test.each([
    [[]],
    [['show']],
    [['set', 'acme']],
    [['set', 'acme', '--quota-bytes', '1.5']],
    [['list', 'acme']],
    [['show', 'acme', '--quota-bytes', '1']],
    [['remove', 'acme']],
  ])('refuses %j', async (args) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('npm run account -- --help');
  });
});

test('verify --usage says where a count is wrong, and corrects it when it is told to', async () => {
  const client = new pg.Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  await client.query(`update account_usage set bytes = bytes + 2 where account_id = 'acme'`);
  await client.end();
  const verify = (...flags: string[]) => runScript(['src/commands/verify.ts', '--usage', ...flags], env);
  expect(await verify()).toMatchObject({
    code: 2,
    stdout: 'account acme: bytes 7, really 5\n2 accounts counted, 1 numbers wrong\n',
  });
  const repaired = await verify('--repair', '--json');
  expect(repaired.code).toBe(0);
  expect(JSON.parse(repaired.stdout)).toEqual({ account: 'acme', what: 'bytes', counted: 7, actual: 5 });
  expect(await verify()).toMatchObject({ code: 0, stdout: '2 accounts counted, 0 numbers wrong\n' });
});
