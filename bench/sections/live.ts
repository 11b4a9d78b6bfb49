// What readers of live events are told while resources are created at a steady rate, and how soon; and webhooks.
import { setTimeout as pause } from 'node:timers/promises';
import { openEventReaders } from '../client/event-readers.ts';
import { type PacedLoadResult, runPacedLoad } from '../client/paced-load.ts';
import { REST } from '../client/transports.ts';
import { openWebhookReceiver } from '../client/webhook-receiver.ts';
import { toGoal } from '../report/goal.ts';
import { type Column, toTable } from '../report/table.ts';
import { readMemory, readPeakMemory, resetPeakMemory } from '../servers/memory.ts';
import type { StoringServer } from '../servers/world.ts';
import type { Bench } from './section.ts';

const KB = 1000;
const MIB = 1024 * 1024;
const DIRECTORIES = 1_000;
const OFFERED = 2_000;
const CONNECTIONS = 64;
const GOALS = { p50: { below: 100 }, p99: { below: 500 }, growth: { below: 300 } };

const COLUMNS: readonly Column[] = [
  { title: 'Live readers', align: 'left' },
  { title: 'creates/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'told/s', align: 'right' },
  { title: 'p50 ms after', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'p99 ms after', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'Growth MiB', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'CPU us/create', align: 'right' },
];
/** Who is told of the creates, and what that takes. */
type Audience = Disposable & { read(): { readonly told: number; readonly p50Ms: number; readonly p99Ms: number } };

type Measure = {
  readonly name: string;
  /** Where resources are created. */
  readonly server: StoringServer;
  /** Who tells; its memory and time are measured. */
  readonly teller: StoringServer;
  readonly goals: Partial<typeof GOALS>;
  open(): Promise<Audience | null>;
};

export async function runLive(bench: Bench): Promise<string> {
  const { world } = bench;
  const rows: (readonly string[])[] = [];
  const openReaders = (server: StoringServer, count: number, toQuery: (at: number) => string) =>
    openEventReaders({ url: server.url, token: world.token, count, toQuery });
  const ofDirectory = (at: number) => `after=latest&directory_path=${toDirectory(at)}`;
  {
    await using server = await world.startGateway();
    await using other = await world.startGateway({ beside: server });
    const here = { server, teller: server };
    rows.push(await measure({ name: 'none', ...here, goals: {}, open: async () => null }, bench));
    const one = { name: '1,000, a directory each', ...here, goals: GOALS };
    rows.push(await measure({ ...one, open: () => openReaders(server, 1_000, ofDirectory) }, bench));
    const all = { name: '4, of everything', ...here, goals: {} };
    rows.push(await measure({ ...all, open: () => openReaders(server, 4, () => 'after=latest') }, bench));
    const elsewhere = { name: '1,000, a directory each, at another gateway', server, teller: other };
    const open = () => openReaders(other, 1_000, ofDirectory);
    rows.push(await measure({ ...elsewhere, goals: { p99: GOALS.p99 }, open }, bench));
  }
  rows.push(await measureWebhook(bench));
  return toTable(COLUMNS, rows);
}

const toDirectory = (at: number) => `/bench/${at % DIRECTORIES}`;

async function measure({ name, server, teller, goals, open }: Measure, bench: Bench): Promise<readonly string[]> {
  const { world, settings, onMeasure } = bench;
  onMeasure(`live: ${name}`);
  const toCreate = (at: number) => ({
    transport: REST,
    sizeBytes: KB,
    token: world.token,
    directory: toDirectory(at),
  });
  const load = { url: server.url, toCreate, perSecond: OFFERED, connections: CONNECTIONS };
  await runPacedLoad({ ...load, durationMs: settings.warmUpMs });
  const restedBytes = await readMemory(teller.pid);
  await resetPeakMemory(teller.pid);
  using audience = await open();
  await runPacedLoad({ ...load, durationMs: settings.warmUpMs });
  audience?.read();
  await teller.read();
  const result = await runPacedLoad({ ...load, durationMs: settings.durationMs * settings.rounds });
  const { cpuMs } = await teller.read();
  // What was created last is still on its way.
  await pause(1_000);
  const told = audience?.read() ?? null;
  const growthMib = ((await readPeakMemory(teller.pid)) - restedBytes) / MIB;
  return toRow(name, { result, told, growthMib, cpuMs, goals });
}

type Measured = {
  readonly result: PacedLoadResult;
  readonly told: ReturnType<Audience['read']> | null;
  readonly growthMib: number;
  readonly cpuMs: number;
  readonly goals: Partial<typeof GOALS>;
};

function toRow(name: string, { result, told, growthMib, cpuMs, goals }: Measured): readonly string[] {
  const { answered, perSecond, p50Ms, p99Ms } = result;
  return [
    name,
    perSecond.toFixed(0),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    ...(told === null
      ? ['–', '–', '', '–', '']
      : [
          (told.told / (answered / perSecond)).toFixed(0),
          told.p50Ms.toFixed(0),
          toGoal(told.p50Ms, goals.p50 ?? null),
          told.p99Ms.toFixed(0),
          toGoal(told.p99Ms, goals.p99 ?? null),
        ]),
    growthMib.toFixed(0),
    toGoal(growthMib, goals.growth ?? null),
    ((cpuMs * 1000) / answered).toFixed(0),
  ];
}

/** One webhook of everything, in the place of readers. */
async function measureWebhook(bench: Bench): Promise<readonly string[]> {
  const { world } = bench;
  using receiver = await openWebhookReceiver();
  await using server = await world.startGateway({ allowHosts: [receiver.host] });
  const name = 'a webhook, of everything';
  const open = async () => {
    const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ url: receiver.url });
    const created = await fetch(new URL('/v1/webhooks', server.url), { method: 'POST', headers, body });
    if (!created.ok) throw new Error(`a webhook was answered ${created.status}: ${await created.text()}`);
    return { read: receiver.read, [Symbol.dispose]: () => {} };
  };
  return await measure({ name, server, teller: server, goals: {}, open }, bench);
}
