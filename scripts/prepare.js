// What follows an install. Plain JavaScript, since it has to run before and without anything that development brings.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildConsole, canBuildConsole } from './build-console.js';
import { slim } from './slim.js';
import { writeWindowsExec } from './windows-exec.js';

/** Saves the first start a second or two. What fails here is done by the start itself, so that no install fails by it. */
function prepareFirstStart() {
  const run = (args, env) => spawnSync(process.execPath, args, { cwd: root, env, stdio: 'ignore', timeout: 60_000 });
  run(['scripts/pack-database.ts'], process.env);
  // With the flags of `npm start`: what is compiled under others is not found by it.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(modules, '.cache', 'compiled') };
  for (const script of [['src/main.ts', '--help'], ['src/commands/token.ts', '--help'], ['scripts/compile-start.ts']]) {
    run(['--max-semi-space-size=8', ...script], env);
  }
}

/** The console and the examples take the client as it is published. The bundler needs a newer Node than some bare machines have. */
function buildClient() {
  const bundler = join(modules, 'tsdown', 'dist', 'run.mjs');
  const carried = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  const node = Number.parseInt(process.versions.node, 10) < 22 && existsSync(carried) ? carried : process.execPath;
  execFileSync(node, [bundler, '--log-level', 'error'], { cwd: join(root, 'client'), stdio: 'inherit' });
}

const root = join(import.meta.dirname, '..');
const modules = join(root, 'node_modules');

// The types that tRPC clients import are built where there is a compiler: not in an install without development tools.
const compiler = join(modules, 'typescript', 'bin', 'tsc');
const forDevelopment = existsSync(compiler) && existsSync(join(modules, '@types', 'node'));
slim(modules, { forDevelopment });
if (process.platform === 'win32') writeWindowsExec(modules);
prepareFirstStart();
if (forDevelopment) {
  execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.types.json')], { stdio: 'inherit' });
  buildClient();
}
if (canBuildConsole()) buildConsole();
