import { describe, expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { expectNothingLost, expectSweptClean } from '../support/durability/audit.ts';
import { openDeployment } from '../support/durability/deployment.ts';
import { startLoad } from '../support/durability/load.ts';

/** What the gateway gives its running requests, and some. */
const STOP_WITHIN_MS = 25_000;

describe.each([
  { name: 'the embedded database and a directory', options: {} },
  { name: 'PostgreSQL and a directory', options: { postgresUrl: inject('postgresUrl') } },
])('a gateway on $name, asked to stop at full load', ({ options }) => {
  test('answers what it has begun, fails none of it, loses none of it, and ends with 0', async () => {
    await using deployment = await openDeployment(options);
    await using gateway = await spawnGateway(deployment);
    const load = startLoad({ urls: [gateway.url], token: await gateway.token(), clients: 16 });
    await expect.poll(() => load.acknowledged.length, { interval: 5, timeout: 30_000 }).toBeGreaterThan(40);

    const startedMs = performance.now();
    expect(await gateway.stop('SIGTERM')).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(STOP_WITHIN_MS);
    await load.stop();

    expect([load.unexpected, load.failed()]).toEqual([[], 0]);
    await expectNothingLost(deployment, load.acknowledged);
    await expectSweptClean(deployment);
  });
});
