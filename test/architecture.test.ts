import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** What each room may import of ours; rooms import themselves as well. */
const MAY_IMPORT: { readonly [room: string]: readonly string[] } = {
  domain: [],
  schema: ['domain'],
  resolvers: ['schema', 'domain', 'http', 'request-event.ts'],
  rest: ['schema', 'domain', 'http', 'request-event.ts'],
  http: ['domain', 'request-event.ts'],
  auth: ['domain'],
  storage: ['domain'],
  remote: ['domain'],
  mime: ['domain'],
  persistence: ['domain'],
  'config.ts': [],
  'metrics.ts': ['request-event.ts'],
  'cluster-metrics.ts': [],
  'observe-calls.ts': ['domain'],
  'telemetry.ts': ['cluster-metrics.ts', 'metrics.ts', 'request-event.ts'],
  'workers.ts': ['cluster-metrics.ts'],
  'request-event.ts': [],
};

/** Composition roots and entry points see everything. */
const ENTRIES = new Set([
  'app.ts',
  'main.ts',
  'serve.ts',
  'token.ts',
  'maintenance.ts',
  'open-blob-store.ts',
  'sweep.ts',
  'verify.ts',
]);

type Import = { readonly file: string; readonly specifier: string };

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([^'\s]+)'/g)].map((match) => ({
    file,
    specifier: match[1] as string,
  })),
);

const roomOf = (file: string) => file.split('/')[0] as string;

test('no room imports what it must not know', () => {
  const wrong = imports
    .filter(({ file, specifier }) => specifier.startsWith('.') && !ENTRIES.has(file))
    .map(({ file, specifier }) => ({ file, target: relative(SRC, resolve(SRC, dirname(file), specifier)) }))
    .filter(({ file, target }) => {
      const from = roomOf(file);
      const to = roomOf(target);
      return from !== to && !MAY_IMPORT[from]?.includes(to);
    });
  expect(wrong).toEqual([]);
});

test('every room has a rule', () => {
  const rooms = new Set(files.map(roomOf).filter((room) => !ENTRIES.has(room)));
  expect([...rooms].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test('the domain uses nothing but node', () => {
  const foreign = imports.filter(({ file, specifier }) => roomOf(file) === 'domain' && !/^(\.|node:)/.test(specifier));
  expect(foreign).toEqual([]);
});

test('only the configuration and the entry points see the environment', () => {
  const readers = files.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('process.env'));
  expect(readers.filter((file) => !ENTRIES.has(file) && file !== 'config.ts')).toEqual([]);
});

test('no file is longer than four hundred lines', () => {
  const long = files.filter((file) => readFileSync(join(SRC, file), 'utf8').split('\n').length > 400);
  expect(long).toEqual([]);
});
