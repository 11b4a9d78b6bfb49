import { describe, expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { expectSweptClean, runSweep, runVerify } from '../support/durability/audit.ts';
import { type DeploymentOptions, openDeployment } from '../support/durability/deployment.ts';

const CREATES = 300;
const postgresUrl = inject('postgresUrl');
const deployments: { name: string; options: DeploymentOptions }[] = [
  { name: 'a directory', options: { postgresUrl } },
  ...inject('s3Servers')
    .filter(({ faithful }) => faithful)
    .map((s3) => ({ name: s3.name, options: { postgresUrl, s3 } })),
];

type Create = { readonly name: string; readonly bytes: Buffer };

async function create(url: string, token: string, { name, bytes }: Create): Promise<number> {
  const response = await fetch(`${url}/v1/resources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name,
      directory_path: '/race',
      content: `data:application/x-race;base64,${bytes.toString('base64')}`,
    }),
  });
  await response.arrayBuffer();
  return response.status;
}

const countEach = (statuses: readonly number[]) =>
  Object.entries(Object.groupBy(statuses, (status) => status)).map(([status, list]) => [status, list?.length]);

describe.each(deployments)('two gateways on one PostgreSQL and $name', ({ options }) => {
  test(`store one of ${CREATES} creates of one name, and one blob for ${CREATES} of one content`, async () => {
    await using deployment = await openDeployment(options);
    await using first = await spawnGateway(deployment);
    await using second = await spawnGateway(deployment);
    const token = await first.token();
    const race = (toCreate: (number: number) => Create) => {
      const urls = [first.url, second.url];
      const racing = Array.from({ length: CREATES }, (_, number) =>
        create(urls[number % 2] as string, token, toCreate(number)),
      );
      return Promise.all(racing);
    };

    const named = await race((number) => ({ name: 'one', bytes: Buffer.alloc(50_000, `content ${number} `) }));
    expect(countEach(named)).toEqual([
      ['200', 1],
      ['409', CREATES - 1],
    ]);
    const shared = Buffer.alloc(50_000, 'one content');
    const same = await race((number) => ({ name: `${number}`, bytes: shared }));
    expect(countEach(same)).toEqual([['200', CREATES]]);

    // While both are still running, and before any sweep: each create removed what it had stored for nothing.
    expect(await deployment.query('select count(*)::int as count from resources')).toEqual([{ count: CREATES + 1 }]);
    expect(await deployment.query('select count(*)::int as count from blobs')).toEqual([{ count: 2 }]);
    expect(await deployment.store.list()).toHaveLength(2);
    expect(await runVerify(deployment)).toEqual([]);
    const sweeps = await Promise.all([runSweep(deployment), runSweep(deployment)]);
    expect(sweeps.map(({ code }) => code)).toEqual([0, 0]);
    await expectSweptClean(deployment);
  });
});
