import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** What each room may import of ours; rooms import themselves as well. A room with inner walls is its first two segments. */
const MAY_IMPORT: { readonly [room: string]: readonly string[] } = {
  domain: [],
  schema: ['domain'],
  resolvers: ['domain', 'http'],
  'resolvers/graphql': ['resolvers', 'schema', 'domain', 'http'],
  'resolvers/trpc': ['resolvers', 'schema', 'domain', 'http'],
  rest: ['schema', 'domain', 'http'],
  tus: ['schema', 'domain', 'http'],
  http: ['domain'],
  console: [],
  auth: ['domain'],
  storage: ['domain'],
  'storage/directory': ['storage', 'domain'],
  'storage/s3': ['storage', 'domain'],
  remote: ['domain'],
  mime: ['domain'],
  persistence: ['domain'],
  background: ['domain'],
  telemetry: ['domain', 'http', 'background'],
  'config.ts': ['auth', 'console', 'persistence', 'remote', 'start', 'storage'],
  'workers.ts': ['telemetry'],
};

/** Rooms whose folders are walled off from each other. */
const WALLED = new Set(['resolvers', 'storage']);

/** Composition roots and entry points see everything. */
const ENTRIES = ['app.ts', 'main.ts', 'serve.ts', 'start/', 'commands/', 'storage/open-blob-store.ts'];
const isEntry = (file: string) =>
  ENTRIES.some((entry) => file === entry || (entry.endsWith('/') && file.startsWith(entry)));

type Import = { readonly file: string; readonly specifier: string };

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([^'\s]+)'/g)].map((match) => ({
    file,
    specifier: match[1] as string,
  })),
);

const roomOf = (file: string) => {
  const [room = '', inner = '', ...rest] = file.split('/');
  return WALLED.has(room) && rest.length > 0 ? `${room}/${inner}` : room;
};

test('no room imports what it must not know', () => {
  const wrong = imports
    .filter(({ file, specifier }) => specifier.startsWith('.') && !isEntry(file))
    .map(({ file, specifier }) => ({ file, target: relative(SRC, resolve(SRC, dirname(file), specifier)) }))
    .filter(({ file, target }) => {
      const from = roomOf(file);
      const to = roomOf(target);
      return from !== to && !MAY_IMPORT[from]?.includes(to);
    });
  expect(wrong).toEqual([]);
});

test('every room has a rule', () => {
  const rooms = new Set(files.filter((file) => !isEntry(file)).map(roomOf));
  expect([...rooms].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test('the configuration takes only types from the adapters', () => {
  const source = readFileSync(join(SRC, 'config.ts'), 'utf8');
  expect(source.match(/^(?:import (?!type )|\} ).*from '\.\/(?!start\/).*';$/gm)).toBeNull();
});

test('the domain uses nothing but node', () => {
  const foreign = imports.filter(({ file, specifier }) => roomOf(file) === 'domain' && !/^(\.|node:)/.test(specifier));
  expect(foreign).toEqual([]);
});

test('only the configuration and the entry points see the environment', () => {
  const readers = files.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('process.env'));
  expect(readers.filter((file) => !isEntry(file) && file !== 'config.ts')).toEqual([]);
});

test('no file is longer than four hundred lines', () => {
  const long = files.filter((file) => readFileSync(join(SRC, file), 'utf8').split('\n').length > 400);
  expect(long).toEqual([]);
});

test('no imports go in a circle', () => {
  const targets = new Map<string, string[]>(files.map((file) => [file, []]));
  for (const { file, specifier } of imports) {
    if (specifier.startsWith('.')) targets.get(file)?.push(relative(SRC, resolve(SRC, dirname(file), specifier)));
  }
  const left = new Set<string>();
  const findCircle = (file: string, way: readonly string[]): readonly string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (left.has(file)) return null;
    for (const target of targets.get(file) ?? []) {
      const circle = findCircle(target, [...way, file]);
      if (circle !== null) return circle;
    }
    left.add(file);
    return null;
  };
  const circles = files.map((file) => findCircle(file, [])).filter((circle) => circle !== null);
  expect(circles).toEqual([]);
});
