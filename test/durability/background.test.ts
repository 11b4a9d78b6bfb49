import { existsSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { openDeployment } from '../support/durability/deployment.ts';

const OLD_KEY = '00/0193572a-0000-7000-8000-000000000000';
/** Made in the year 2101: an hour from now is as young. */
const YOUNG_KEY = '00/03c3a7c1-0000-7000-8000-000000000000';
const LONG_AGO = new Date('2026-01-01');

test('a running gateway removes an object that no row names once it is older than the grace, in one log line', async () => {
  await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl') });
  const [old, young] = [OLD_KEY, YOUNG_KEY].map((key) => join(deployment.dataDir, 'blobs', key)) as [string, string];
  await mkdir(dirname(old), { recursive: true });
  for (const path of [old, young]) {
    await writeFile(path, 'left by a crash');
    await utimes(path, LONG_AGO, LONG_AGO);
  }
  const env = { ...deployment.env, SWEEP_INTERVAL_MS: '200', SWEEP_GRACE_MS: '600000' };
  await using gateway = await spawnGateway({ ...deployment, env });
  const expected = '"objects":{"count":1,"sizeBytes":15},"distrusted":false';
  await expect.poll(() => gateway.output(), { timeout: 20_000 }).toContain(expected);
  expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  expect(await gateway.stop()).toBe(0);
});

test('a gateway refuses to start with a grace that leaves a create too little time', async () => {
  await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl') });
  const env = { ...deployment.env, SWEEP_GRACE_MS: '599999' };
  await expect(spawnGateway({ ...deployment, env })).rejects.toThrow('SWEEP_GRACE_MS must be from 600000');
});
