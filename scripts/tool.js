// Brings what only some work needs when it is first needed, so that an install does not weigh for everybody what few use:
// each folder below has a package.json and a lockfile of its own, which `npm ci` at the root leaves alone.
//
//   node scripts/tool.js                          brings all of them, for a machine that will be without a network
//   node scripts/tool.js FOLDER                   brings that one
//   node scripts/tool.js FOLDER PROGRAM [ARG…]    brings it, and runs one of its programs
//
// Plain JavaScript, since it runs on the Node of the machine as well as on the one that is carried.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = [
  'tools/lint',
  'tools/compile',
  'tools/suite',
  'tools/browser',
  'tools/uppy',
  'tools/publish',
  'tools/coverage',
  'tools/pglite',
  'examples/rest',
  'examples/uppy-s3',
  'bench/naive/tus',
];
const MANIFESTS = ['package.json', 'package-lock.json'];
const SETTINGS = '.npmrc';
const MAX_BRINGING_MS = 600_000;
const LOOK_AGAIN_MS = 200;

/**
 * Installs the packages of a folder exactly as its lockfile names them, none of their scripts run, unless that is done.
 * They come into a place aside and are moved in whole: whoever finds them finds all of them.
 * @param {string} folder from the root
 * @throws Error that says what to do when they cannot be had
 */
export function bring(folder) {
  const path = join(ROOT, folder);
  if (!existsSync(join(path, 'package-lock.json'))) throw new Error(`${folder} has no package-lock.json`);
  while (!isBrought(path)) {
    if (!lock(path)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
    else {
      try {
        if (!isBrought(path)) install(folder);
      } finally {
        rmSync(toLock(path), { force: true });
      }
    }
  }
}

function install(folder) {
  const path = join(ROOT, folder);
  for (const name of readdirSync(path)) {
    const left = /^\.bringing-(\d+)$/.exec(name);
    if (left !== null && !isRunning(Number(left[1]))) rmSync(join(path, name), { recursive: true, force: true });
  }
  const aside = join(path, `.bringing-${process.pid}`);
  console.error(`bringing ${folder}: ${readJson(join(path, 'package.json')).description}`);
  try {
    mkdirSync(aside, { recursive: true });
    for (const name of [...MANIFESTS, SETTINGS]) {
      if (existsSync(join(path, name))) copyFileSync(join(path, name), join(aside, name));
    }
    const { status, stderr, error } = npm(['ci', '--ignore-scripts', '--prefer-offline'], aside);
    if (status !== 0) {
      const why = `${stderr ?? ''}`.trim() || error?.message;
      throw new Error(
        `${folder} could not be brought. It needs a registry of npm this once: try again where there is a network. ` +
          `For a machine that has none, run "npm run tools" on one that has, and take the whole folder along.\n${why}`,
      );
    }
    writeFileSync(toMark(aside), digest(aside));
    const place = join(path, 'node_modules');
    if (existsSync(place)) renameSync(place, join(aside, 'former'));
    renameSync(join(aside, 'node_modules'), place);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The npm that runs us, or the one on the path; with the folder's settings, and not with those that `npm run` passes on. */
function npm(args, cwd) {
  const { npm_config_legacy_peer_deps: _root, ...env } = process.env;
  const options = { cwd, env, encoding: 'utf8', timeout: MAX_BRINGING_MS };
  const quiet = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const running = env.npm_execpath ?? '';
  if (basename(running) === 'npm-cli.js') return spawnSync(process.execPath, [running, ...quiet], options);
  return spawnSync('npm', quiet, { ...options, shell: process.platform === 'win32' });
}

const toMark = (path) => join(path, 'node_modules', '.brought');
const toLock = (path) => join(path, '.bringing.lock');

/** Whether what is there was made of these very manifests. */
function isBrought(path) {
  return existsSync(toMark(path)) && readFileSync(toMark(path), 'utf8') === digest(path);
}

function digest(path) {
  const hash = createHash('sha256');
  for (const name of MANIFESTS) hash.update(readFileSync(join(path, name)));
  return hash.digest('hex');
}

/**
 * Takes the right to install, which saves doing it twice; that all comes whole does not hang on it. One whose process has
 * ended, or that is older than an installation may be, is taken away. @returns whether it is ours
 */
function lock(path) {
  const file = toLock(path);
  try {
    writeFileSync(file, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    const isOld = Date.now() - statSync(file).mtimeMs > MAX_BRINGING_MS;
    if (isOld || !isRunning(Number(readFileSync(file, 'utf8')))) rmSync(file, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return false;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** @returns the file of a program that one of the folder's own packages brings */
function findProgram(folder, program) {
  const path = join(ROOT, folder);
  for (const name of Object.keys(readJson(join(path, 'package.json')).dependencies)) {
    const place = join(path, 'node_modules', name);
    const { bin } = readJson(join(place, 'package.json'));
    const file = typeof bin === 'string' && basename(name) === program ? bin : bin?.[program];
    if (file !== undefined) return join(place, file);
  }
  throw new Error(`no package of ${folder} has a program ${program}`);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function main([folder, program, ...args]) {
  for (const each of folder === undefined ? FOLDERS : [folder]) bring(each);
  if (program === undefined) return 0;
  const { status, error } = spawnSync(process.execPath, [findProgram(folder, program), ...args], { stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
