// Uploads: in pieces through the gateway beside one create of as many bytes, and past it into a bucket.
import { createHash, randomBytes } from 'node:crypto';
import { openChecksumStore } from '../../test/support/servers/checksum-store.ts';
import { createDirectClient, partOf, putPart } from '../../test/support/uploads/direct.ts';
import { FORM, runSourceCreate } from '../client/sources.ts';
import { runTusUpload } from '../client/uploads.ts';
import { toGoal } from '../report/goal.ts';
import { median, medianRatio, runRounds } from '../report/rounds.ts';
import { type Column, toTable } from '../report/table.ts';
import { readPeakMemory, resetPeakMemory } from '../servers/memory.ts';
import { startS3 } from '../servers/s3.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import type { Bench } from './section.ts';

const MB = 1e6;
const MIB = 1024 ** 2;
const GROWTH_GOAL = { below: 64 };
const DIRECT_GOAL = { below: 0.1 };

const COLUMNS: readonly Column[] = [
  { title: 'Uploads', align: 'left' },
  { title: 'How', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'MB/s', align: 'right' },
  { title: 'CPU ms/MB', align: 'right' },
  { title: 'Growth MiB', align: 'right' },
  { title: 'Goal', align: 'left' },
];

const DIRECT_COLUMNS: readonly Column[] = [
  { title: 'Uploads into S3', align: 'left' },
  { title: 'How', align: 'left' },
  { title: "Gateway's CPU ms/MB", align: 'right' },
  { title: 'Ratio', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'Growth MiB', align: 'right' },
];

type Way = {
  readonly name: string;
  /** To the form. */
  readonly goal: { readonly atLeast: number } | null;
  readonly isOurs: boolean;
  send(server: ServerProcess, sizeBytes: number): Promise<{ tookMs: number }>;
};

type Measured = { readonly mbPerSecond: number; readonly cpuMsPerMb: number; readonly growthMib: number };

export async function runUploads(bench: Bench): Promise<string> {
  return `${await measureThrough(bench)}\n\n${await measureDirect(bench)}`;
}

async function measureThrough(bench: Bench): Promise<string> {
  const { settings, world, onMeasure } = bench;
  const { token } = world;
  const tus = (pieceBytes: number): Way['send'] => {
    return ({ url }, sizeBytes) => runTusUpload({ url, token, sizeBytes, pieceBytes });
  };
  const form: Way['send'] = ({ url }, sizeBytes) => runSourceCreate({ url, source: FORM, sizeBytes, token });
  // The form comes first: all else is compared with it.
  const ways: readonly Way[] = [
    { name: 'one create, in a form', goal: null, isOurs: true, send: form },
    { name: 'tus, one PATCH', goal: { atLeast: 0.8 }, isOurs: true, send: tus(Number.POSITIVE_INFINITY) },
    { name: 'tus, PATCHes of 8 MB', goal: { atLeast: 0.5 }, isOurs: true, send: tus(8 * MB) },
    { name: 'tus, PATCHes of 5 MiB', goal: { atLeast: 0.5 }, isOurs: true, send: tus(5 * MIB) },
    { name: '@tus/server, one PATCH', goal: null, isOurs: false, send: tus(Number.POSITIVE_INFINITY) },
    { name: '@tus/server, PATCHes of 8 MB', goal: null, isOurs: false, send: tus(8 * MB) },
  ];
  const title = `one ${settings.largeBytes / MB} MB`;
  const { subjects } = await runRounds(
    ways.map((way) => ({ name: `uploads: ${title}, ${way.name}`, measure: () => measureWay(way, bench) })),
    { rounds: settings.rounds, onMeasure },
  );
  const rates = (at: number) => subjects[at]?.results.map(({ mbPerSecond }) => mbPerSecond) ?? [];
  const rows = ways.map(({ name, goal, isOurs }, at) => {
    const results = subjects[at]?.results ?? [];
    const ratio = medianRatio(rates(at), rates(0));
    const growthMib = median(results.map((result) => result.growthMib));
    return [
      title,
      name,
      ratio.toFixed(2),
      toGoal(ratio, goal),
      median(rates(at)).toFixed(0),
      median(results.map(({ cpuMsPerMb }) => cpuMsPerMb)).toFixed(2),
      growthMib.toFixed(0),
      toGoal(growthMib, isOurs && at > 0 ? GROWTH_GOAL : null),
    ];
  });
  return toTable(COLUMNS, rows);
}

/** In a server of its own: one that has grown before would not grow again. */
async function measureWay({ isOurs, send }: Way, { settings, world }: Bench): Promise<Measured> {
  await using server = await (isOurs ? world.startGateway() : world.startTusServer());
  for (const sizeBytes of [1_000, MB]) await warmUp(settings, () => send(server, sizeBytes));
  return await measureOne(server, settings.largeBytes, () => send(server, settings.largeBytes));
}

async function warmUp({ warmUpMs }: Bench['settings'], run: () => Promise<unknown>): Promise<void> {
  const endMs = performance.now() + warmUpMs;
  while (performance.now() < endMs) await run();
}

async function measureOne(
  server: ServerProcess,
  sizeBytes: number,
  run: () => Promise<{ tookMs: number }>,
): Promise<Measured> {
  await resetPeakMemory(server.pid);
  const before = await readPeakMemory(server.pid);
  await server.read();
  const { tookMs } = await run();
  const { cpuMs } = await server.read();
  const growthMib = ((await readPeakMemory(server.pid)) - before) / MIB;
  return { mbPerSecond: sizeBytes / MB / (tookMs / 1000), cpuMsPerMb: cpuMs / (sizeBytes / MB), growthMib };
}

type DirectWay = { readonly name: string; readonly isProven: boolean; readonly isDirect: boolean };

const DIRECT_WAYS: readonly DirectWay[] = [
  { name: 'through the gateway, tus', isProven: false, isDirect: false },
  { name: 'direct, sha256 proved by the store', isProven: true, isDirect: true },
  { name: 'direct, read back once', isProven: false, isDirect: true },
];

async function measureDirect(bench: Bench): Promise<string> {
  const { settings, onMeasure } = bench;
  const title = `one ${settings.largeBytes / MB} MB`;
  {
    await using s3 = await startS3();
    if (s3 === null) return toTable(DIRECT_COLUMNS, [[title, 'Ceph RGW is not installed', '', '', '', '']]);
  }
  const { subjects } = await runRounds(
    DIRECT_WAYS.map((way) => ({
      name: `uploads: ${title} into S3, ${way.name}`,
      measure: () => measureInS3(way, bench),
    })),
    { rounds: settings.rounds, onMeasure },
  );
  const costs = (at: number) => subjects[at]?.results.map(({ cpuMsPerMb }) => cpuMsPerMb) ?? [];
  const rows = DIRECT_WAYS.map(({ name, isProven }, at) => {
    const ratio = medianRatio(costs(at), costs(0));
    const growthMib = median(subjects[at]?.results.map((result) => result.growthMib) ?? []);
    const cost = median(costs(at)).toFixed(2);
    return [title, name, cost, ratio.toFixed(2), toGoal(ratio, isProven ? DIRECT_GOAL : null), growthMib.toFixed(0)];
  });
  return toTable(DIRECT_COLUMNS, rows);
}

async function measureInS3({ isProven, isDirect }: DirectWay, { settings, world }: Bench): Promise<Measured> {
  await using cleanup = new AsyncDisposableStack();
  const s3 = cleanup.use((await startS3()) ?? missing());
  // Ceph takes checksums of parts and looks at none; what AWS does is put before it.
  const store = isProven ? cleanup.use(await openChecksumStore(s3.endpoint)) : s3;
  const gateway = cleanup.use(await world.startGateway({ s3: { ...s3, endpoint: store.endpoint } }));
  const send = async (sizeBytes: number) => {
    if (!isDirect)
      return await runTusUpload({ url: gateway.url, token: world.token, sizeBytes, pieceBytes: sizeBytes });
    return await sendDirect({ origin: gateway.url.origin, token: world.token, sizeBytes, isProven });
  };
  await warmUp(settings, () => send(MB));
  return await measureOne(gateway, settings.largeBytes, () => send(settings.largeBytes));
}

function missing(): never {
  throw new Error('Ceph RGW did not start');
}

type DirectSend = {
  readonly origin: string;
  readonly token: string;
  readonly sizeBytes: number;
  readonly isProven: boolean;
};

const SIGNED_AT_ONCE = 100;

async function sendDirect({ origin, token, sizeBytes, isProven }: DirectSend): Promise<{ tookMs: number }> {
  const bytes = randomBytes(sizeBytes);
  const expected = isProven ? { expected_sha256: createHash('sha256').update(bytes).digest('hex') } : {};
  const client = createDirectClient(origin, token);
  const startedMs = performance.now();
  const resource = { name: crypto.randomUUID(), directory_path: '/bench' };
  const upload = await client.begin({ size_bytes: sizeBytes, resource, ...expected });
  const count = Math.ceil(sizeBytes / upload.part_size_bytes);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  for (let at = 0; at < count; at += SIGNED_AT_ONCE) {
    for (const part of await client.sign(upload.id, numbers.slice(at, at + SIGNED_AT_ONCE))) {
      const status = await putPart(part, partOf(bytes, part.number, upload));
      if (status !== 200) throw new Error(`part ${part.number} was answered ${status}`);
    }
  }
  const { status, json } = await client.complete(upload.id);
  if (status !== 200 || json.size_bytes !== sizeBytes) throw new Error(`the upload was answered ${status}`);
  return { tookMs: performance.now() - startedMs };
}
