// What CONTRIBUTING.md names is there.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');

test('every file and folder that it names exists', () => {
  const named = guide.matchAll(/\b(?:src|test|docs)\/[\w./-]*\w|\.vscode\/[\w.]+/g);
  const paths = [...new Set([...named].map(([path]) => path))];
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('every script that it names can be run', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const named = [...guide.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name as string);
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});
