// What follows an install. Plain JavaScript, since it has to run before and without anything that development brings.
import { spawnSync } from 'node:child_process';
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

const root = join(import.meta.dirname, '..');
const modules = join(root, 'node_modules');

// Types are read where there are those of Node: not in an install without development tools.
const forDevelopment = existsSync(join(modules, '@types', 'node'));
slim(modules, { forDevelopment });
if (process.platform === 'win32') writeWindowsExec(modules);
prepareFirstStart();
if (canBuildConsole()) buildConsole();
