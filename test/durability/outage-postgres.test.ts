import { expect, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { expectNothingLost, expectSweptClean, untilMore } from '../support/durability/audit.ts';
import { openDeployment } from '../support/durability/deployment.ts';
import { startLoad } from '../support/durability/load.ts';
import { ROUNDS, ROUNDS_TIMEOUT_MS } from '../support/durability/rounds.ts';
import { startPostgres } from '../support/servers/postgres.ts';

test(`PostgreSQL, crashed ${ROUNDS} times under load, costs no acknowledged create`, {
  timeout: ROUNDS_TIMEOUT_MS,
}, async () => {
  await using server = await startPostgres();
  await using deployment = await openDeployment({ postgresUrl: server.url });
  await using gateway = await spawnGateway(deployment);
  const load = startLoad({ urls: [gateway.url], token: await gateway.token(), clients: 8 });
  for (let round = 1; round <= ROUNDS; round += 1) {
    await untilMore(load, 20);
    const failed = load.failed();
    await server.crash();
    await expect.poll(() => load.failed(), { interval: 10, timeout: 20_000 }).toBeGreaterThan(failed);
    await server.start();
    await untilMore(load, 20);
  }
  await load.stop();
  // Every request was answered: the gateway itself never faltered.
  expect([load.unexpected, load.unanswered()]).toEqual([[], 0]);
  expect(await gateway.stop()).toBe(0);
  await expectNothingLost(deployment, load.acknowledged);
  await expectSweptClean(deployment);
  await expectNothingLost(deployment, load.acknowledged);
});
