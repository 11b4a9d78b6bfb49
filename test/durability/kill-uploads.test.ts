import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';
import { expectSweptClean } from '../support/durability/audit.ts';
import { type DeploymentOptions, openDeployment } from '../support/durability/deployment.ts';
import { sha256Of, uploadByTus } from '../support/tus/client.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';

const CONTENT_BYTES = 300_000_000;
const KILLS = 5;
const postgresUrl = inject('postgresUrl');
const deployments: { name: string; options: DeploymentOptions }[] = [
  { name: 'a directory', options: { postgresUrl } },
  ...inject('s3Servers')
    .filter(({ faithful }) => faithful)
    .map((s3) => ({ name: s3.name, options: { postgresUrl, s3 } })),
];

describe.each(deployments)('on one PostgreSQL and $name', ({ options }) => {
  test(`tus-js-client brings 300 MB through cuts and ${KILLS} kills of the gateway`, { timeout: 300_000 }, async () => {
    await using deployment = await openDeployment(options);
    await using door = await openFrontDoor({ cutAfterBytes: () => randomInt(20_000_000, 90_000_000) });
    let gateway: GatewayProcess = await spawnGateway(deployment);
    let next: GatewayProcess = await spawnGateway(deployment);
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => gateway[Symbol.asyncDispose]());
    cleanup.defer(() => next[Symbol.asyncDispose]());
    door.openTo(gateway.url);

    const content = randomBytes(CONTENT_BYTES);
    const uploading = uploadByTus(content, {
      endpoint: `${door.url}/v1/tus`,
      headers: { authorization: `Bearer ${await gateway.token()}` },
      metadata: { name: 'film', directory_path: '/killed' },
      // A gateway that was killed is given up for dead only after some seconds.
      retryDelays: Array(100).fill(200),
    });
    uploading.catch(() => {});
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const target = door.passedBytes() + randomInt(5_000_000, 35_000_000);
      await expect.poll(() => door.passedBytes(), { interval: 5, timeout: 60_000 }).toBeGreaterThan(target);
      door.openTo(next.url);
      expect(await gateway.stop('SIGKILL')).toBe('SIGKILL');
      gateway = next;
      next = await spawnGateway(deployment);
    }
    const { resourceId } = await uploading;
    expect(door.cuts()).toBeGreaterThan(0);
    // What was kept was not sent again from its beginning.
    expect(door.passedBytes()).toBeLessThan(CONTENT_BYTES + KILLS * 100_000_000);

    const headers = { authorization: `Bearer ${await gateway.token()}` };
    const found = await fetch(`${gateway.url}/v1/resources/${resourceId}`, { headers });
    expect(await found.json()).toMatchObject({ sha256: sha256Of(content), size_bytes: CONTENT_BYTES });
    await gateway.stop();
    await next.stop();
    await expectSweptClean(deployment);
  });
});
