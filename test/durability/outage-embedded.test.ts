import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { expectNothingLost, expectSweptClean, untilMore } from '../support/durability/audit.ts';
import { type Deployment, openDeployment } from '../support/durability/deployment.ts';
import { startLoad } from '../support/durability/load.ts';
import { ROUNDS, ROUNDS_TIMEOUT_MS } from '../support/durability/rounds.ts';

const readServer = async ({ dataDir }: Deployment) =>
  Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);

describe.each(['1', '2'])("the embedded database's server under WORKERS=%s", (workers) => {
  test(`killed ${ROUNDS} times under load, is started again and costs no acknowledged create`, {
    timeout: ROUNDS_TIMEOUT_MS,
  }, async () => {
    await using deployment = await openDeployment({});
    const env = { ...deployment.env, WORKERS: workers };
    await using gateway = await spawnGateway({ ...deployment, env });
    const load = startLoad({ urls: [gateway.url], token: await gateway.token(), clients: 8 });
    for (let round = 1; round <= ROUNDS; round += 1) {
      await untilMore(load, 20);
      const failed = load.failed();
      process.kill(await readServer(deployment), 'SIGKILL');
      await expect.poll(() => load.failed(), { interval: 10, timeout: 20_000 }).toBeGreaterThan(failed);
      await untilMore(load, 20);
    }
    await load.stop();
    // Every request was answered: the gateway itself never faltered.
    expect([load.unexpected, load.unanswered()]).toEqual([[], 0]);
    expect(await gateway.stop()).toBe(0);
    expect(gateway.output()).toContain('the embedded database ended with SIGKILL; starting it again');
    await expectNothingLost(deployment, load.acknowledged);
    await expectSweptClean(deployment);
  });
});
