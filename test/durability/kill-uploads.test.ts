import { randomInt } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';
import { expectSweptClean } from '../support/durability/audit.ts';
import { type DeploymentOptions, openDeployment } from '../support/durability/deployment.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';
import { KILLED_CLIENTS } from '../support/tus/killed-clients.ts';

const CONTENT_BYTES = 300_000_000;
const KILLS = 5;
const postgresUrl = inject('postgresUrl');
const deployments: { name: string; options: DeploymentOptions }[] = [
  { name: 'a directory', options: { postgresUrl } },
  ...inject('s3Servers')
    .filter(({ faithful }) => faithful)
    .map((s3) => ({ name: s3.name, options: { postgresUrl, s3 } })),
];

/** All clients on the store that is most like a deployment's, one on the other. */
const clientsOf = (options: DeploymentOptions) =>
  options === deployments.at(-1)?.options ? KILLED_CLIENTS : KILLED_CLIENTS.slice(0, 1);

describe.each(deployments)('on one PostgreSQL and $name', ({ options }) => {
  const title = `$name brings 300 MB through cuts and ${KILLS} kills of the gateway`;
  test.each(clientsOf(options))(title, { timeout: 300_000 }, async ({ upload }) => {
    await using deployment = await openDeployment(options);
    await using door = await openFrontDoor({ cutAfterBytes: () => randomInt(20_000_000, 90_000_000) });
    let gateway: GatewayProcess = await spawnGateway(deployment);
    let next: GatewayProcess = await spawnGateway(deployment);
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => gateway[Symbol.asyncDispose]());
    cleanup.defer(() => next[Symbol.asyncDispose]());
    door.openTo(gateway.url);

    const token = await gateway.token();
    const metadata = { name: 'film', directory_path: '/killed' };
    const uploading = upload({ endpoint: `${door.url}/v1/tus`, token, sizeBytes: CONTENT_BYTES, metadata });
    uploading.catch(() => {});
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const target = door.passedBytes() + randomInt(5_000_000, 35_000_000);
      await expect.poll(() => door.passedBytes(), { interval: 5, timeout: 60_000 }).toBeGreaterThan(target);
      door.openTo(next.url);
      expect(await gateway.stop('SIGKILL')).toBe('SIGKILL');
      gateway = next;
      next = await spawnGateway(deployment);
    }
    const sha256 = await uploading;
    expect(door.cuts()).toBeGreaterThan(0);
    // What was kept was not sent again from its beginning.
    expect(door.passedBytes()).toBeLessThan(CONTENT_BYTES + KILLS * 100_000_000);

    const path = '/v1/resources/by-path?directory_path=/killed&name=film';
    const found = await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect(await found.json()).toMatchObject({ sha256, size_bytes: CONTENT_BYTES });
    await gateway.stop();
    await next.stop();
    await expectSweptClean(deployment);
  });
});
