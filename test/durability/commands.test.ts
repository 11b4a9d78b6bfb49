import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { runRepair, runSweep, runVerify } from '../support/durability/audit.ts';
import { type Deployment, openDeployment, readRows } from '../support/durability/deployment.ts';
import { startLoad } from '../support/durability/load.ts';

let deployment: Deployment;
let key: string;
let blobPath: string;
const SHAPED_LIKE_OURS = '00/0193572a-0000-7000-8000-000000000000';

beforeAll(async () => {
  deployment = await openDeployment({ postgresUrl: inject('postgresUrl') });
  await using gateway = await spawnGateway(deployment);
  const load = startLoad({ urls: [gateway.url], token: await gateway.token(), clients: 1, sizesBytes: [300, 50_000] });
  await vi.waitFor(() => expect(load.acknowledged.length).toBeGreaterThan(10), { interval: 5, timeout: 20_000 });
  await load.stop();
  expect(await gateway.stop()).toBe(0);
  key = (await readRows(deployment)).find(({ content }) => content === null)?.storage_key ?? 'none';
  blobPath = join(deployment.dataDir, 'blobs', key);
});
afterAll(() => deployment[Symbol.asyncDispose]());

test('sweep and verify find nothing in a deployment that is whole', async () => {
  const dry = await runSweep(deployment, '--dry-run', '--grace', '0');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toContain('Would remove:\n  0 blobs without a resource (0 bytes)');
  expect(await runVerify(deployment)).toEqual([]);
});

test('verify names a blob with one changed byte, a blob that is gone, and an object too many', async () => {
  const whole = await readFile(blobPath);
  const changed = Buffer.from(whole);
  changed[10] = 255 - (changed[10] as number);
  await writeFile(blobPath, changed);
  expect(await runVerify(deployment)).toMatchObject([{ kind: 'corrupt', key }]);
  await rm(blobPath);
  expect(await runVerify(deployment)).toMatchObject([{ kind: 'missing', key }]);
  await writeFile(blobPath, whole);
  const extra = join(deployment.dataDir, 'blobs', 'stray');
  await writeFile(extra, 'nobody knows it');
  expect(await runVerify(deployment)).toMatchObject([{ kind: 'extra', key: 'stray' }]);
  await rm(extra);
});

test('verify repairs from an object of the same bytes, and ends with 2 only while something is wrong', async () => {
  const whole = await readFile(blobPath);
  await rm(blobPath);
  expect(await runRepair(deployment)).toMatchObject({
    code: 2,
    told: [
      { kind: 'missing', key },
      { kind: 'unrepaired', key },
    ],
  });
  const copy = join(deployment.dataDir, 'blobs', SHAPED_LIKE_OURS);
  await mkdir(dirname(copy), { recursive: true });
  await writeFile(copy, whole);
  const { code, told } = await runRepair(deployment);
  expect({ code, kinds: told.map(({ kind }) => kind).toSorted() }).toEqual({
    code: 0,
    kinds: ['missing', 'repaired', 'unswept'],
  });
  await rm(copy);
  expect(await runVerify(deployment)).toEqual([]);
});

test('verify names a blob whose bytes in its row have changed', async () => {
  const change = (how: string) => deployment.query(`update blobs set content = ${how} where content is not null`);
  await change(`content || 'x'`);
  const findings = await runVerify(deployment);
  expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['corrupt']));
  await change('substring(content from 1 for length(content) - 1)');
  expect(await runVerify(deployment)).toEqual([]);
});

test('sweep tells in a dry run what it then removes, and spares what is younger than its grace', async () => {
  const path = join(deployment.dataDir, 'blobs', SHAPED_LIKE_OURS);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'of a create that crashed');
  expect((await runSweep(deployment)).stdout).toContain('0 objects without a blob');
  const dry = await runSweep(deployment, '--dry-run', '--grace', '0');
  expect(dry.stdout).toMatch(`object ${SHAPED_LIKE_OURS} 24\n`);
  expect(dry.stdout).toContain('1 objects without a blob (24 bytes)');
  expect(await readFile(path, 'utf8')).toBe('of a create that crashed');
  const swept = await runSweep(deployment, '--grace', '0');
  expect(swept).toMatchObject({ code: 0, stderr: expect.stringContaining('running now') });
  expect(swept.stdout).toContain('1 objects without a blob (24 bytes)');
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('sweep refuses flags that it does not know and a grace that is no number, with 2', async () => {
  const lines = ['--grace x', '--grace=-1', '--grace', '--dry', 'now'];
  const refusals = await Promise.all(lines.map((line) => runSweep(deployment, ...line.split(' '))));
  expect(refusals.map(({ code, stdout }) => [code, stdout])).toEqual(lines.map(() => [2, '']));
  for (const { stderr } of refusals) expect(stderr).toContain('npm run sweep -- --help');
});

test('says beside a running gateway with the embedded database that only one of them can have it', async () => {
  await using embedded = await openDeployment({});
  await using gateway = await spawnGateway(embedded);
  const refused = await runSweep(embedded);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/in use by another process.*Stop the other/),
  });
  expect(await gateway.stop()).toBe(0);
});
