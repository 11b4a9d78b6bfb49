// What docs/backup.md says, done: the database dumped first, the blobs copied afterwards, both restored elsewhere.
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { expectNothingLost, expectSweptClean, runVerify, untilMore } from '../support/durability/audit.ts';
import { openDeployment } from '../support/durability/deployment.ts';
import { startLoad } from '../support/durability/load.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { findInstalledPrograms } from '../support/servers/postgres-binaries.ts';

const run = promisify(execFile);

test('a dump and a later copy of the blobs, taken under load, restore all that was acknowledged before', async (context) => {
  const programs = findInstalledPrograms(15);
  // The tools that come along with the tests have no pg_dump.
  if (programs === null) return context.skip('needs the programs of PostgreSQL 15');
  const tool = (name: string) => join(dirname(programs.postgres), name);
  await using server = await startPostgres({ programs });
  await using original = await openDeployment({ postgresUrl: server.url });
  await using restored = await openDeployment({ postgresUrl: server.url });
  const dump = join(restored.dataDir, 'gateway.dump');

  await using gateway = await spawnGateway(original);
  const token = await gateway.token();
  const load = startLoad({ urls: [gateway.url], token, clients: 4, sizesBytes: [300, 20_000, 200_000] });
  await untilMore(load, 60);
  const before = [...load.acknowledged];
  await run(tool('pg_dump'), ['--format=custom', `--file=${dump}`, original.env.DATABASE_URL as string]);
  await untilMore(load, 30);
  const blobs = join(original.dataDir, 'blobs');
  const staging = join(blobs, '.staging');
  await cp(blobs, join(restored.dataDir, 'blobs'), { recursive: true, filter: (path) => path !== staging });
  await load.stop();
  expect(load.unexpected).toEqual([]);
  expect(await gateway.stop()).toBe(0);

  const into = `--dbname=${restored.env.DATABASE_URL}`;
  await run(tool('pg_restore'), ['--no-owner', '--exit-on-error', into, dump]);
  const findings = await runVerify(restored);
  // Those of creates between the dump and the copy.
  expect(findings.filter(({ kind }) => kind !== 'unswept')).toEqual([]);
  expect(findings.length).toBeGreaterThan(0);
  await expectNothingLost(restored, before);
  await expectSweptClean(restored);

  await using again = await spawnGateway(restored);
  const headers = { authorization: `Bearer ${await again.token()}` };
  const path = `/v1/resources/${before.at(-1)?.id}/content`;
  expect((await fetch(again.url + path, { headers })).status).toBe(200);
}, 180_000);
