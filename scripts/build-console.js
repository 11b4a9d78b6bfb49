// Builds the console into dist/console, unless what is there was made of the same sources by the same packages. Plain
// JavaScript, since it follows an install.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'console');
/** What the console is built of besides its packages. */
const INPUTS = [SOURCES, join(ROOT, 'client', 'src')];
const BUILT = join(ROOT, 'dist', 'console');

/** Whether there is something to build it with: not in an install without development tools. */
export function canBuildConsole() {
  return existsSync(join(ROOT, 'node_modules', 'vite')) && existsSync(join(ROOT, 'node_modules', 'react-dom'));
}

/** Builds it where that is needed. @throws when it cannot be built */
export function buildConsole() {
  const key = toKey();
  const mark = join(BUILT, 'sources.sha256');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === key) return;
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  // Whoever builds: under the tests' own NODE_ENV it would be React's build for development, which is half as large again.
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync(process.execPath, [vite, 'build', SOURCES, '--logLevel', 'warn'], { cwd: ROOT, env, stdio: 'inherit' });
  writeFileSync(mark, key);
}

/** One digest of everything that a build depends on. */
function toKey() {
  const inside = INPUTS.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(ROOT, path).split(sep).includes('node_modules'));
  const hash = createHash('sha256');
  for (const path of [...inside.sort(), join(ROOT, 'package-lock.json')]) {
    const bytes = readFileSync(path);
    hash.update(`${relative(ROOT, path).split(sep).join('/')}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) buildConsole();
