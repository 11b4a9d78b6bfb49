import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** What starts a server or a process of its own; a test that reaches one of these through its imports is no unit test. */
const STARTS_SOMETHING = /^test\/support\/(?:servers|gateway|acceptance|durability|contributing)\b/;
const STARTS_IT_ITSELF = /\b(?:spawn|fork|createServer|openDatabase|inject)\(|\bPGlite\b|\.listen\(/;

/** The test files, as paths from the root, that need no server: judged by what they and their helpers import. */
export function unitTestFiles(): string[] {
  const files = globSync('test/**/*.test.ts', { cwd: ROOT, exclude: (name) => name === 'node_modules' });
  return files.map((file) => file.replaceAll('\\', '/')).filter((file) => !startsServer(file, new Set()));
}

function startsServer(file: string, seen: Set<string>): boolean {
  if (STARTS_SOMETHING.test(file)) return true;
  if (seen.has(file) || !file.startsWith('test/')) return false;
  seen.add(file);
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (STARTS_IT_ITSELF.test(text)) return true;
  return [...text.matchAll(/from '(\.[^']+\.ts)'/g)].some(([, specifier = '']) =>
    startsServer(relative(ROOT, resolve(ROOT, dirname(file), specifier)).replaceAll('\\', '/'), seen),
  );
}
