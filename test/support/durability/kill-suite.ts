// The kill test, written once; each kind of deployment has a file of its own, so that they can run beside each other.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { spawnGateway } from '../acceptance/process.ts';
import { expectNothingLost, expectSweptClean } from './audit.ts';
import { type DeploymentOptions, openDeployment } from './deployment.ts';
import { type Acknowledged, startLoad } from './load.ts';
import { ROUNDS, ROUNDS_TIMEOUT_MS } from './rounds.ts';

export function testKills(name: string, options: DeploymentOptions): void {
  const sentence = `a gateway on ${name} loses nothing that it acknowledged, killed ${ROUNDS} times under load`;
  test(sentence, { timeout: ROUNDS_TIMEOUT_MS }, async () => {
    await using deployment = await openDeployment(options);
    const acknowledged: Acknowledged[] = [];
    let unanswered = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      await using gateway = await spawnGateway(deployment);
      const load = startLoad({ urls: [gateway.url], token: await gateway.token(), clients: 8 });
      // At any moment of the work: a create that is on its way has a random part of itself done.
      const killAfter = randomInt(60);
      await expect.poll(() => load.acknowledged.length, { interval: 5, timeout: 30_000 }).toBeGreaterThan(killAfter);
      expect(await gateway.stop('SIGKILL')).toBe('SIGKILL');
      await load.stop();
      expect([load.unexpected, load.failed()]).toEqual([[], 0]);
      acknowledged.push(...load.acknowledged);
      unanswered += load.unanswered();
    }
    await expectNothingLost(deployment, acknowledged);
    await expectSweptClean(deployment);
    await expectNothingLost(deployment, acknowledged);
    // Otherwise the kills met an idle process and proved nothing.
    expect(unanswered).toBeGreaterThan(0);
  });
}
