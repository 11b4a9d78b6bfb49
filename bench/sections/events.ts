// What the log of events costs a create, and what its live readers do.
import pg from 'pg';
import { type EventReaders, openEventReaders } from '../client/event-readers.ts';
import { REST } from '../client/transports.ts';
import { toGoal } from '../report/goal.ts';
import { type Column, toTable } from '../report/table.ts';
import { NODE_FLAGS, type StoringServer } from '../servers/world.ts';
import type { Bench } from './section.ts';
import { measureThroughput } from './throughput.ts';

const KB = 1000;
const LOAD = { title: 'new 1 KB, 64 connections', connections: 64, sizeBytes: KB };
/** To the first, which keeps no log. */
const GOAL = { atLeast: 0.9 };

const COLUMNS: readonly Column[] = [
  { title: 'Events', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'creates/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'CPU us/create', align: 'right' },
  { title: 'Told', align: 'right' },
  { title: 'p50 ms after', align: 'right' },
  { title: 'p99 ms after', align: 'right' },
];

/** What strips the statements of the gateway that is loaded with it. */
const WITHOUT_LOG = new URL('../servers/without-log.ts', import.meta.url).href;

type Subject = { readonly name: string; readonly server: StoringServer; readonly readers: EventReaders | null };

export async function runEvents(bench: Bench): Promise<string> {
  const { world } = bench;
  const { token } = world;
  await using without = await world.startGateway({ nodeFlags: [...NODE_FLAGS, '--import', WITHOUT_LOG] });
  await using kept = await world.startGateway();
  await using waited = await world.startGateway();
  await using read = await world.startGateway();
  bench.onMeasure('events: opening readers');
  const toElsewhere = () => 'after=latest&directory_path=/elsewhere';
  using waiting = await openEventReaders({ url: waited.url, token, count: 1_000, toQuery: toElsewhere });
  using reading = await openEventReaders({ url: read.url, token, count: 4, toQuery: () => 'after=latest' });
  const subjects: readonly Subject[] = [
    { name: 'without the log', server: without, readers: null },
    { name: 'the log', server: kept, readers: null },
    { name: 'the log, 1,000 live readers of what does not happen', server: waited, readers: waiting },
    { name: 'the log, 4 live readers of everything', server: read, readers: reading },
  ];
  const contenders = subjects.map(({ name, server }) => ({ name, server, transport: REST }));
  const results = await measureThroughput(contenders, { ...bench, load: LOAD });
  await requireNone(without);
  const rows = results.map((result, at) => {
    const { readers = null } = subjects[at] ?? {};
    const told = readers === null ? null : readers.read();
    return [
      result.name,
      result.ratio.toFixed(2),
      toGoal(result.ratio, at === 1 ? GOAL : null),
      result.perSecond.toFixed(0),
      result.p50Ms.toFixed(2),
      result.p99Ms.toFixed(2),
      (result.cpuMsPerCreate * 1000).toFixed(0),
      ...(told === null || told.told === 0
        ? ['–', '–', '–']
        : [`${told.told}`, told.p50Ms.toFixed(0), told.p99Ms.toFixed(0)]),
    ];
  });
  return toTable(COLUMNS, rows);
}

/** @throws when the log was kept all the same */
async function requireNone({ databaseUrl }: StoringServer): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query('select 1 from events limit 1').finally(() => client.end());
  if (rows.length > 0) throw new Error('the gateway without the log has told of something');
}
