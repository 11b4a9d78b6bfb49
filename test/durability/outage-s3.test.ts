import { describe, expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { expectNothingLost, expectSweptClean, untilMore } from '../support/durability/audit.ts';
import { openDeployment } from '../support/durability/deployment.ts';
import { startLoad } from '../support/durability/load.ts';
import { openRelay } from '../support/servers/relay.ts';

describe.each(inject('s3Servers').filter(({ faithful }) => faithful))('$name,', (s3) => {
  test.each(['cut', 'silent'] as const)(
    '%s under load, costs no acknowledged create',
    { timeout: 120_000 },
    async (mode) => {
      await using relay = await openRelay(s3.endpoint);
      await using deployment = await openDeployment({
        postgresUrl: inject('postgresUrl'),
        s3: { ...s3, relayedEndpoint: relay.endpoint },
      });
      await using gateway = await spawnGateway(deployment);
      const load = startLoad({ urls: [gateway.url], token: await gateway.token(), clients: 6 });
      await untilMore(load, 15);
      relay.setMode(mode);
      if (mode === 'cut') await expect.poll(() => load.failed(), { interval: 10, timeout: 30_000 }).toBeGreaterThan(0);
      else await expect.poll(() => load.quietMs(), { timeout: 30_000 }).toBeGreaterThan(1_000);
      relay.setMode('pass');
      // What was stuck is tried again when the store's time is up, so this also waits for the silence to end.
      await untilMore(load, 15);
      await load.stop();
      expect([load.unexpected, load.unanswered()]).toEqual([[], 0]);
      expect(await gateway.stop()).toBe(0);
      await expectNothingLost(deployment, load.acknowledged);
      await expectSweptClean(deployment);
      await expectNothingLost(deployment, load.acknowledged);
    },
  );
});
