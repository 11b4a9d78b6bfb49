// What a crowd of live readers costs while nothing happens, and what one costs that takes nothing of what it is told.
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { openDeafReaders } from '../client/deaf-readers.ts';
import { openEventReaders } from '../client/event-readers.ts';
import { REST } from '../client/transports.ts';
import { type Column, toTable } from '../report/table.ts';
import { readMemory, readPeakMemory } from '../servers/memory.ts';
import type { Bench } from './section.ts';
import { measureThroughput } from './throughput.ts';

const KB = 1000;
const MIB = 1024 * 1024;
const CONNECTIONS = 64;
const IDLE_MS = 5_000;
/** As many as one account may have. */
const DEAF = 5_000;

const IDLE_COLUMNS: readonly Column[] = [
  { title: 'Idle readers', align: 'left' },
  { title: 'transactions/s', align: 'right' },
];
const DEAF_COLUMNS: readonly Column[] = [
  { title: 'Readers who take nothing', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'creates/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'Growth MiB', align: 'right' },
];

export async function runCrowd(bench: Bench): Promise<string> {
  return [await measureIdle(bench), await measureDeaf(bench)].join('\n\n');
}

/** What the database is asked while nothing happens. */
async function measureIdle({ world, onMeasure }: Bench): Promise<string> {
  await using server = await world.startGateway();
  const client = new pg.Client({ connectionString: server.databaseUrl });
  await client.connect();
  const rows: string[][] = [];
  for (const count of [0, 1, 1_000]) {
    onMeasure(`crowd: ${count} idle readers`);
    const toQuery = () => 'after=latest';
    using _readers = await openEventReaders({ url: server.url, token: world.token, count, toQuery });
    // Others count what they have done a second later.
    await pause(2_000);
    const before = await countTransactions(client);
    await pause(IDLE_MS);
    const own = 1;
    const perSecond = ((await countTransactions(client)) - before - own) / (IDLE_MS / 1000);
    rows.push([count.toLocaleString('en'), perSecond.toFixed(1)]);
  }
  await client.end();
  return toTable(IDLE_COLUMNS, rows);
}

async function countTransactions(client: pg.Client): Promise<number> {
  const query = 'select xact_commit::float8 as count from pg_stat_database where datname = current_database()';
  return (await client.query<{ count: number }>(query)).rows[0]?.count ?? Number.NaN;
}

async function measureDeaf(bench: Bench): Promise<string> {
  const { world, onMeasure } = bench;
  await using alone = await world.startGateway();
  await using heard = await world.startGateway();
  const restedBytes = await Promise.all([alone, heard].map(({ pid }) => readMemory(pid)));
  onMeasure('crowd: opening readers who take nothing');
  using _deaf = await openDeafReaders({ url: heard.url, token: world.token, count: DEAF });
  const names = ['none', DEAF.toLocaleString('en')];
  const servers = [alone, heard];
  const contenders = servers.map((server, at) => ({ name: names[at] ?? '', server, transport: REST }));
  const load = { title: 'beside readers who take nothing', connections: CONNECTIONS, sizeBytes: KB };
  const results = await measureThroughput(contenders, { ...bench, load });
  const rows = results.map(async ({ name, ratio, perSecond, p50Ms, p99Ms }, at) => {
    const growthMib = ((await readPeakMemory(servers[at]?.pid ?? 0)) - (restedBytes[at] ?? 0)) / MIB;
    return [name, ratio.toFixed(2), perSecond.toFixed(0), p50Ms.toFixed(2), p99Ms.toFixed(2), growthMib.toFixed(0)];
  });
  return toTable(DEAF_COLUMNS, await Promise.all(rows));
}
