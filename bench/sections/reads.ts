// Reads of what is small: a record, a content, a page of a directory; beside the baseline's, and nginx with files alone.
import { storeResources } from '../client/stored.ts';
import { type FileServer, startFileServer } from '../servers/files.ts';
import { analyze } from '../servers/resources.ts';
import type { StoringServer } from '../servers/world.ts';
import { toContentAsk, toGraphqlPageAsk, toPageAsk, toRecordAsk, toTrpcPageAsk } from './read-asks.ts';
import { measureReads, PAGE_SIZE, type ReadCase, toNginxReader } from './read-cases.ts';
import type { Bench } from './section.ts';

const KB = 1_000;
/** More than a page of each directory. */
const DIRECTORIES = Array.from({ length: 16 }, (_, number) => `/bench/d${number}`);
const PER_DIRECTORY = 60;

export async function runReads(bench: Bench): Promise<string> {
  const { world, onMeasure } = bench;
  await using baseline = await world.startBaseline();
  await using gateway = await world.startGateway();
  await using nginx = await startFileServer(world.directory);
  onMeasure('reads: storing what is to be read');
  return await measureReads(await toSmallCases({ bench, baseline, gateway, nginx }), bench);
}

type Servers = {
  readonly bench: Bench;
  readonly baseline: StoringServer;
  readonly gateway: StoringServer;
  readonly nginx: FileServer | null;
};

/** A record, a content of 1 KB, and a page, all from the same resources. */
async function toSmallCases({ bench, baseline, gateway, nginx }: Servers): Promise<readonly ReadCase[]> {
  const theirs = await storeInDirectories(baseline, bench);
  const ours = await storeInDirectories(gateway, bench);
  const files = (await nginx?.provide({ count: ours.length, sizeBytes: KB })) ?? [];
  const ofBaseline = { name: 'baseline', url: baseline.url, server: baseline };
  const ofGateway = { name: 'REST', url: gateway.url, server: gateway };
  const toPageCase = (which: string, directories: readonly string[]): ReadCase => {
    const pages = directories.map((directory) => ({ directory, limit: PAGE_SIZE }));
    return {
      title: `page of ${PAGE_SIZE} of ${which}, 16 connections`,
      connections: 16,
      readers: [
        { ...ofBaseline, asks: pages.map(toPageAsk) },
        { ...ofGateway, asks: pages.map(toPageAsk), goal: { toBaseline: 1.5 } },
        { ...ofGateway, name: 'tRPC', asks: pages.map(toTrpcPageAsk), goal: { toBaseline: 1 } },
        { ...ofGateway, name: 'GraphQL', asks: pages.map(toGraphqlPageAsk), goal: { toBaseline: 0.7 } },
      ],
    };
  };
  return [
    {
      title: 'one record, 64 connections',
      connections: 64,
      readers: [
        { ...ofBaseline, asks: theirs.map(toRecordAsk) },
        { ...ofGateway, asks: ours.map(toRecordAsk), goal: { toBaseline: 2.5 } },
      ],
    },
    {
      title: 'content of 1 KB, 64 connections',
      connections: 64,
      readers: [
        { ...ofBaseline, asks: theirs.map(toContentAsk) },
        { ...ofGateway, asks: ours.map(toContentAsk), goal: { toBaseline: 2.5 } },
        ...toNginxReader(nginx, files),
      ],
    },
    toPageCase('one directory', DIRECTORIES.slice(0, 1)),
    toPageCase('16 directories', DIRECTORIES),
  ];
}

/** Where PostgreSQL has looked at them, as it does by itself after a while. @returns the ids */
async function storeInDirectories(server: StoringServer, { world }: Bench): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const directory of DIRECTORIES) {
    const stored = { url: server.url, token: world.token, count: PER_DIRECTORY, sizeBytes: KB, directory };
    ids.push(...(await storeResources(stored)));
  }
  await analyze(server.databaseUrl);
  return ids;
}
