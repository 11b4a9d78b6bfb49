// Whether a page of a list takes as long among a million resources as among ten thousand, each with as many earlier versions
// and half as much in the trash.
import { readPage, runReads } from '../client/reads.ts';
import { median, medianRatio, runRounds } from '../report/rounds.ts';
import { type Column, toTable } from '../report/table.ts';
import { type Filled, fillWithResources } from '../servers/resources.ts';
import type { StoringServer } from '../servers/world.ts';
import type { Bench } from './section.ts';

const REQUESTS = 100;
/** The first ones of a measure find what they need in no cache. */
const UNMEASURED = 10;
const PAGE_SIZE = 50;
const SMALL_PAGE_SIZE = 10;
/** These and no other resources have a name that begins so: 100 to 199. */
const NAME_PREFIX = 'file-00001';
const WITH_NAME_PREFIX = 100;

type Query = { readonly [name: string]: string };
type Library = { readonly gateway: StoringServer; readonly filled: Filled; readonly middleCursor: string };
type Case = {
  readonly title: string;
  toQuery(library: Library): Query;
  /** The list of resources when absent. */
  toPath?(filled: Filled): string;
  /** How many fit. */
  countMatches(filled: Filled): number;
  readonly pageSize?: number;
};

const CASES: readonly Case[] = [
  { title: 'newest', toQuery: () => ({}), countMatches: ({ count }) => count },
  {
    title: `one directory of up to 1,000, ${SMALL_PAGE_SIZE} a page`,
    toQuery: () => ({ directory_path: '/d7', limit: String(SMALL_PAGE_SIZE) }),
    countMatches: ({ perDirectory }) => perDirectory,
    pageSize: SMALL_PAGE_SIZE,
  },
  { title: 'tag of 1 in 100', toQuery: () => ({ tags_any: 't7' }), countMatches: ({ perTag }) => perTag },
  {
    title: 'metadata of 1 in 100',
    toQuery: () => ({ metadata: '{"project":"p7"}' }),
    countMatches: ({ perProject }) => perProject,
  },
  {
    title: 'sha256, which all share',
    toQuery: ({ filled }) => ({ sha256: filled.sha256 }),
    countMatches: ({ count }) => count,
  },
  {
    title: `name prefix of ${WITH_NAME_PREFIX}`,
    toQuery: () => ({ name_prefix: NAME_PREFIX }),
    countMatches: () => WITH_NAME_PREFIX,
  },
  {
    title: 'newest, behind a cursor half-way',
    toQuery: ({ middleCursor }) => ({ cursor: middleCursor }),
    countMatches: ({ count }) => count / 2 - 2,
  },
  { title: 'trash, newest', toPath: () => '/v1/trash', toQuery: () => ({}), countMatches: ({ trashed }) => trashed },
  {
    title: 'trash, one deletion of 1 in 10',
    toPath: () => '/v1/trash',
    toQuery: ({ filled }) => ({ deletion_id: filled.deletionId }),
    countMatches: ({ perDeletion }) => perDeletion,
  },
  {
    title: 'versions of one resource, 21',
    toPath: ({ versionedId }) => `/v1/resources/${versionedId}/versions`,
    toQuery: () => ({}),
    countMatches: ({ versions }) => versions,
  },
];

type Subject = { readonly one: Case; readonly library: Library };

export async function runLists(bench: Bench): Promise<string> {
  const { settings, onMeasure } = bench;
  await using opened = new AsyncDisposableStack();
  const libraries: Library[] = [];
  for (const count of settings.listCounts) {
    onMeasure(`lists: filling in ${toText(count)} resources`);
    const gateway = opened.use(await bench.world.startGateway());
    libraries.push(await fill(gateway, { bench, count }));
  }
  onMeasure('lists: warming up');
  for (const library of libraries) await warmUp(library, bench);
  const subjects: readonly Subject[] = CASES.flatMap((one) => libraries.map((library) => ({ one, library })));
  const measured = await runRounds(
    subjects.map((subject) => ({
      name: `lists: ${subject.one.title} of ${toText(subject.library.filled.count)}`,
      measure: async () => {
        await read(subject, { bench, count: UNMEASURED });
        return await read(subject, { bench, count: REQUESTS });
      },
    })),
    { rounds: settings.rounds, onMeasure },
  );
  const rows = CASES.map(({ title }, at) => {
    const results = measured.subjects
      .slice(at * libraries.length, (at + 1) * libraries.length)
      .map((subject) => subject.results);
    const mediansMs = results.map((rounds) => rounds.map(({ p50Ms }) => p50Ms));
    const figures = results.flatMap((rounds, library) => [
      median(mediansMs[library] ?? []).toFixed(2),
      median(rounds.map(({ p99Ms }) => p99Ms)).toFixed(2),
    ]);
    return [title, ...figures, medianRatio(mediansMs.at(-1) ?? [], mediansMs[0] ?? []).toFixed(2)];
  });
  return toTable(toColumns(settings.listCounts), rows);
}

async function fill(gateway: StoringServer, { bench, count }: { bench: Bench; count: number }): Promise<Library> {
  const filled = await fillWithResources(gateway.databaseUrl, { count });
  // A cursor is a place in an order; walking there page by page would give the same one.
  const query = { created_before: filled.middle.toISOString(), limit: '1' };
  const { next_cursor: middleCursor } = await readPage({ url: gateway.url, token: bench.world.token, query });
  if (middleCursor === null) throw new Error('there is no cursor half-way through the list');
  return { gateway, filled, middleCursor };
}

async function warmUp(library: Library, bench: Bench): Promise<void> {
  const endMs = performance.now() + bench.settings.warmUpMs;
  while (performance.now() < endMs) {
    for (const one of CASES) await read({ one, library }, { bench, count: 1 });
  }
}

function read({ one, library }: Subject, { bench, count }: { bench: Bench; count: number }) {
  return runReads({
    url: library.gateway.url,
    token: bench.world.token,
    query: one.toQuery(library),
    ...(one.toPath && { path: one.toPath(library.filled) }),
    count,
    items: Math.min(one.pageSize ?? PAGE_SIZE, one.countMatches(library.filled)),
  });
}

function toColumns(counts: readonly number[]): readonly Column[] {
  return [
    { title: `Page of ${PAGE_SIZE} of a list`, align: 'left' },
    ...counts.flatMap((count): Column[] => [
      { title: `Of ${toText(count)}: median ms`, align: 'right' },
      { title: 'p99 ms', align: 'right' },
    ]),
    { title: 'Ratio of medians', align: 'right' },
  ];
}

function toText(count: number): string {
  return count.toLocaleString('en');
}
