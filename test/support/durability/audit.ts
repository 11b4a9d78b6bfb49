// What must hold of a deployment whatever happened to it, found out without the gateway. Imports nothing of the source.
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { runScript } from '../acceptance/process.ts';
import { type Deployment, readBlobs, readRows, type StoredBlob } from './deployment.ts';
import type { Acknowledged, Load } from './load.ts';

type Finding = { readonly kind: string; readonly key: string };

const environmentOf = ({ env, dataDir }: Deployment) => ({ ...env, DATA_DIR: dataDir });

/** The findings of `npm run verify`. */
export async function runVerify(deployment: Deployment): Promise<readonly Finding[]> {
  const { code, stdout, stderr } = await runScript(['src/commands/verify.ts', '--json'], environmentOf(deployment));
  expect(stderr).toBe('');
  const findings = stdout.split('\n').filter(Boolean);
  const found = findings.map((line) => JSON.parse(line) as Finding);
  expect(code).toBe(found.some(({ kind }) => kind !== 'unswept') ? 2 : 0);
  return found;
}

/** What `npm run verify -- --repair` finds and does, with its exit status. */
export async function runRepair(deployment: Deployment) {
  const flags = ['src/commands/verify.ts', '--repair', '--json'];
  const { code, stdout, stderr } = await runScript(flags, environmentOf(deployment));
  expect(stderr).toBe('');
  const lines = stdout.split('\n').filter(Boolean);
  return { code, told: lines.map((line) => JSON.parse(line) as Finding) };
}

export async function runSweep(deployment: Deployment, ...flags: string[]) {
  return await runScript(['src/commands/sweep.ts', ...flags], environmentOf(deployment));
}

/** Reads each blob once, however many resources refer to it. */
async function digestEach(rows: readonly StoredBlob[], { store }: Deployment): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const { storage_key: key, storage_bucket: bucket, content } of rows) {
    if (digests.has(key)) continue;
    const bytes = bucket === 'database' ? content : await store.read(key);
    digests.set(key, bytes === null ? 'none' : createHash('sha256').update(bytes).digest('hex'));
  }
  return digests;
}

/** Every acknowledged create is there with its bytes, and no record, acknowledged or not, is half there. */
export async function expectNothingLost(deployment: Deployment, acknowledged: readonly Acknowledged[]): Promise<void> {
  const rows = await readRows(deployment);
  const digests = await digestEach(rows, deployment);
  expect(rows.filter((row) => digests.get(row.storage_key) !== row.sha256)).toEqual([]);
  expect(rows.filter(({ tags }) => tags !== 2)).toEqual([]);
  const found = new Map(rows.map((row) => [row.id, `${row.sha256} ${row.size_bytes}`]));
  expect(acknowledged.filter(({ id, sha256, sizeBytes }) => found.get(id) !== `${sha256} ${sizeBytes}`)).toEqual([]);
}

/** The bytes of every content are there, those of versions and of the trash among them. */
export async function expectBlobsTrue(deployment: Deployment): Promise<void> {
  const blobs = await readBlobs(deployment);
  const digests = await digestEach(blobs, deployment);
  expect(blobs.filter(({ storage_key, sha256 }) => digests.get(storage_key) !== sha256)).toEqual([]);
}

/** After a sweep without a grace period there is nothing in the store but what records refer to, and verify is content. */
export async function expectSweptClean(deployment: Deployment): Promise<void> {
  expect(await runSweep(deployment, '--grace', '0')).toMatchObject({ code: 0 });
  expect(await deployment.store.leftovers()).toEqual([]);
  const named = (await readBlobs(deployment)).filter((row) => row.storage_bucket !== 'database');
  expect((await deployment.store.list()).sort()).toEqual([...new Set(named.map((row) => row.storage_key))].sort());
  expect(await runVerify(deployment)).toEqual([]);
  // What every account uses is counted as its records say.
  const recount = await runScript(['src/commands/verify.ts', '--usage'], environmentOf(deployment));
  expect(recount).toMatchObject({ code: 0, stdout: expect.stringContaining(' 0 numbers wrong') });
}

/** Waits until so many more creates have been acknowledged. */
export async function untilMore(load: Load, creates: number): Promise<void> {
  const target = load.acknowledged.length + creates;
  await expect.poll(() => load.acknowledged.length, { interval: 10, timeout: 40_000 }).toBeGreaterThanOrEqual(target);
}
