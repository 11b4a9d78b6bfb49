import { randomBytes } from 'node:crypto';
import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { sha256Of } from '../support/tus/client.ts';
import { createTus, type Tus } from '../support/tus/requests.ts';
import { type SlowPatch, startPatch } from '../support/tus/slow-patch.ts';

const cleanup = new AsyncDisposableStack();
let dataDir: string;
let databaseUrl: string;
/** Two gateways on one database and one store. */
let gateways: readonly [Gateway, Gateway];
let clients: readonly [Tus, Tus];

beforeAll(async () => {
  dataDir = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'tus-'))).path;
  databaseUrl = cleanup.use(await createDatabase(inject('postgresUrl'))).url;
  const env = { DATA_DIR: dataDir, DATABASE_URL: databaseUrl, SWEEP_INTERVAL_MS: '0' };
  gateways = [cleanup.use(await startGateway(env)), cleanup.use(await startGateway(env))];
  const token = await gateways[0].token();
  clients = [createTus(gateways[0].url, token), createTus(gateways[1].url, token)];
});
afterAll(() => cleanup.disposeAsync());

const at = (gateway: Gateway, url: string) => new URL(new URL(url).pathname, gateway.url).href;
const begin = (size: number, metadata = '') =>
  clients[0].create({ 'upload-length': String(size), 'upload-metadata': metadata });

/** A PATCH that has sent so many bytes, which have arrived, and says nothing more. */
async function stall(url: string, bytes: Buffer, offset = 0): Promise<SlowPatch> {
  // Who had it last may not have left yet.
  const before = await findHolder(url);
  const patch = startPatch(url, { token: clients[0].token, offset });
  await patch.write(bytes);
  await expect.poll(async () => [null, before].includes(await findHolder(url)), { timeout: 10_000 }).toBe(false);
  return patch;
}

async function query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function findHolder(url: string): Promise<string | null> {
  const [row] = await query<{ holder: string | null }>('select holder from uploads where id = $1', [
    url.split('/').at(-1),
  ]);
  return row?.holder ?? null;
}

describe('a request that still has an upload', () => {
  it.each([
    { where: 'the same process', other: 0 },
    { where: 'another process', other: 1 },
  ] as const)('is ended by the next one in $where, which goes on where it was', async ({ other }) => {
    const content = randomBytes(3_000_000);
    const url = await begin(content.length);
    const there = at(gateways[other], url);
    let offset = 0;
    for (let round = 0; round < 30 && offset < 2_000_000; round += 1) {
      const dead = await stall(url, content.subarray(offset, offset + 300_000), offset);
      const { status, offset: told } = await clients[other].head(there);
      expect(status).toBe(200);
      // Nothing of a piece has to have been read by now, nor all of it.
      expect(Number(told)).toBeGreaterThanOrEqual(offset);
      offset = Number(told);
      expect([423, null]).toContain(await dead.answer);
      dead.cut();
    }
    expect(offset).toBeGreaterThan(1_000_000);
    const last = await clients[other].patch(there, offset, content.subarray(offset));
    expect(last).toMatchObject({ status: 204, offset: String(content.length) });
    const taken = await clients[0].createResource({
      name: crypto.randomUUID(),
      directory_path: '/',
      uri: `upload:${url.split('/').at(-1)}`,
    });
    expect(taken.json).toMatchObject({ sha256: sha256Of(content) });
  });

  it('is ended by a PATCH that comes without asking first, when that is for the right place', async () => {
    const content = randomBytes(500_000);
    const url = await begin(content.length);
    const dead = await stall(url, content.subarray(0, 100_000));
    const wrong = await clients[1].patch(at(gateways[1], url), 0, content);
    expect(wrong).toMatchObject({ status: 409 });
    dead.cut();
    const { offset } = await clients[1].head(at(gateways[1], url));
    expect(
      await clients[1].patch(at(gateways[1], url), Number(offset), content.subarray(Number(offset))),
    ).toMatchObject({ status: 204 });
  });

  it('that was killed is followed by a question for the offset, which does not lengthen the life of the upload', async () => {
    const url = await begin(500_000);
    await clients[0].patch(url, 0, randomBytes(100_000));
    const id = url.split('/').at(-1);
    const killed =
      'update uploads set holder = gen_random_uuid(), held_until = now() where id = $1 returning expires_at';
    const [before] = await query<{ expires_at: Date }>(killed, [id]);
    expect(await clients[1].head(at(gateways[1], url))).toMatchObject({ status: 200, offset: '100000' });
    expect(await query('select expires_at, holder from uploads where id = $1', [id])).toEqual([
      { ...before, holder: null },
    ]);
  });

  it.each([0, 1] as const)('is ended by a cancel, and nothing of it stays, in gateway %i', async (other) => {
    const url = await begin(3_000_000);
    const dead = await stall(url, randomBytes(600_000));
    expect(await clients[other].request('DELETE', at(gateways[other], url))).toMatchObject({ status: 204 });
    expect([423, null]).toContain(await dead.answer);
    expect(await clients[0].head(url)).toMatchObject({ status: 404 });
    const folder = join(dataDir, 'blobs', '.uploads');
    const ids = await query<{ key: string }>(`select replace(storage_key, '/', '~') as key from uploads`);
    await expect
      .poll(async () => (await readdir(folder)).filter((name) => !ids.some(({ key }) => key === name)))
      .toEqual([]);
  });

  it('keeps no connection to the database while its bytes arrive, and no other request waits for it', async () => {
    const urls = await Promise.all(Array.from({ length: 30 }, () => begin(5_000_000)));
    const stalled = await Promise.all(urls.map((url) => stall(url, randomBytes(50_000))));
    const busy = await query<{ state: string }>(
      `select state from pg_stat_activity where application_name = 'resource-gateway' and xact_start is not null
         and xact_start < now() - interval '1 second'`,
    );
    expect(busy).toEqual([]);
    const listed = await clients[0].get('/v1/resources');
    expect(listed.status).toBe(200);
    for (const patch of stalled) patch.cut();
  });
});

describe('requests at once', () => {
  it('never both count: one of many that begin at the same place brings its bytes', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 8; round += 1) {
      const contents = Array.from({ length: 6 }, () => randomBytes(400_000));
      const url = await begin(400_000);
      const answers = await Promise.all(
        contents.map((bytes, index) => {
          const side = index % 2 === 0 ? 0 : 1;
          return clients[side].patch(at(gateways[side], url), 0, bytes);
        }),
      );
      const counted = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []));
      expect(answers.every(({ status }) => [204, 409, 423].includes(status))).toBe(true);
      expect(counted.length).toBeLessThanOrEqual(1);
      const { offset } = await clients[0].head(url);
      const [winner] = counted;
      if (winner === undefined) continue;
      expect(offset).toBe('400000');
      const uri = `upload:${url.split('/').at(-1)}`;
      const taken = await clients[0].createResource({ name: crypto.randomUUID(), directory_path: '/', uri });
      expect(taken.json).toMatchObject({ sha256: sha256Of(contents[winner] as Buffer) });
    }
  });

  it('finish an upload once, however many ask for it on both gateways', async () => {
    const name = crypto.randomUUID();
    const metadata = `name ${btoa(name)},directory_path ${btoa('/')}`;
    const url = await clients[0].create({ 'upload-defer-length': '1', 'upload-metadata': metadata });
    await clients[0].patch(url, 0, randomBytes(300_000));
    const id = url.split('/').at(-1);
    const headers = { authorization: `Bearer ${clients[0].token}` };
    const completing = Array.from({ length: 12 }, (_, index) =>
      fetch(`${gateways[index % 2]?.url}/v1/uploads/${id}/complete`, { method: 'POST', headers }),
    );
    const answers = await Promise.all(completing);
    const records = await Promise.all(answers.map((answer) => answer.json() as Promise<{ id: string }>));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(new Set(records.map((record) => record.id)).size).toBe(1);
    expect(await query('select from resources where name = $1', [name])).toHaveLength(1);
  });

  it('bring a content in pieces through both gateways in turn', async () => {
    const content = randomBytes(2_000_003);
    const url = await begin(content.length, `name ${btoa(crypto.randomUUID())},directory_path ${btoa('/')}`);
    let resourceId: string | null = null;
    for (let offset = 0, turn = 0; offset < content.length; offset += 150_001, turn += 1) {
      const side = turn % 2 === 0 ? 0 : 1;
      const answer = await clients[side].patch(
        at(gateways[side], url),
        offset,
        content.subarray(offset, offset + 150_001),
      );
      expect(answer.status).toBe(204);
      resourceId = answer.resourceId;
    }
    expect(await (await clients[0].get(`/v1/resources/${resourceId}`)).json()).toMatchObject({
      sha256: sha256Of(content),
    });
  });
});
