import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';
import { openDeployment, readRows } from '../support/durability/deployment.ts';
import { putFile } from '../support/transports/downloading.ts';
import { readMetrics } from '../support/transports/observing.ts';

const COUNTER = 'gateway_healed_blobs_total';
const asCaller = (gateway: GatewayProcess) => ({ url: gateway.url, token: () => gateway.token() });

test('a new upload of lost content is told to the log, with its request, and to the metrics', async () => {
  await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl') });
  const bytes = randomBytes(100_000);
  {
    await using before = await spawnGateway(deployment);
    await putFile(asCaller(before), bytes);
    expect((await readMetrics(asCaller(before))).get(COUNTER)).toBe(0);
    expect(await before.stop()).toBe(0);
  }
  const [row] = await readRows(deployment);
  await rm(join(deployment.dataDir, 'blobs', row?.storage_key ?? ''));

  await using gateway = await spawnGateway(deployment);
  const file = await putFile(asCaller(gateway), bytes);
  expect((await readMetrics(asCaller(gateway))).get(COUNTER)).toBe(1);
  const lines = () =>
    gateway
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  await expect
    .poll(() => lines().find(({ msg, resourceId }) => msg === 'request' && resourceId === file.id))
    .toBeDefined();
  const { requestId } = lines().find(({ resourceId }) => resourceId === file.id);
  const told = lines().filter(({ msg }) => String(msg).includes('brought back'));
  expect(told).toMatchObject([{ level: 30, requestId, sha256: file.sha256 }]);
  expect(told[0]).not.toHaveProperty('account');
});
