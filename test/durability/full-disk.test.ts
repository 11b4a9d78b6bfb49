import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { expectNothingLost, expectSweptClean } from '../support/durability/audit.ts';
import { openDeployment } from '../support/durability/deployment.ts';
import { startLoad } from '../support/durability/load.ts';

const run = promisify(execFile);
const BALLAST_BYTES = 256 * 1024;

/** A disk of 16 MiB, or null where this user may not mount one. */
async function openSmallDisk() {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-full-disk-'));
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', directory]).then(
    () => true,
    () => false,
  );
  const remove = async (): Promise<void> => {
    if (mounted) await run('umount', ['-l', directory]);
    await rm(directory, { recursive: true });
  };
  if (mounted) return { directory, [Symbol.asyncDispose]: remove };
  await remove();
  return null;
}

test('a full disk fails creates, loses none that was acknowledged, and leaves nothing half there', async (context) => {
  await using disk = await openSmallDisk();
  if (disk === null) return context.skip('this user may not mount a small disk');
  await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl'), dataDir: disk.directory });
  await using gateway = await spawnGateway(deployment);
  const ballast = join(disk.directory, 'ballast');
  await writeFile(ballast, Buffer.alloc(BALLAST_BYTES));

  const token = await gateway.token();
  const load = startLoad({ urls: [gateway.url], token, clients: 6, sizesBytes: [300, 100_000, 100_000, 2_000_000] });
  await expect.poll(() => load.failed(), { interval: 10, timeout: 40_000 }).toBeGreaterThan(20);
  await load.stop();
  expect([load.unexpected, load.unanswered()]).toEqual([[], 0]);
  await rm(ballast);
  // With room again it stores again, without a restart.
  const after = startLoad({ urls: [gateway.url], token, clients: 1, sizesBytes: [100_000] });
  await expect.poll(() => after.acknowledged.length, { interval: 5 }).toBeGreaterThan(0);
  await after.stop();
  expect(await gateway.stop()).toBe(0);

  const acknowledged = [...load.acknowledged, ...after.acknowledged];
  await expectNothingLost(deployment, acknowledged);
  await expectSweptClean(deployment);
  await expectNothingLost(deployment, acknowledged);
});
