// What follows an install. Plain JavaScript, since it has to run before and without anything that development brings.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { slim } from './slim.js';

const root = join(import.meta.dirname, '..');
const modules = join(root, 'node_modules');

// The types that tRPC clients import are built where there is a compiler: not in an install without development tools.
const compiler = join(modules, 'typescript', 'bin', 'tsc');
const forDevelopment = existsSync(compiler) && existsSync(join(modules, '@types', 'node'));
slim(modules, { forDevelopment });
if (forDevelopment) {
  execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.types.json')], { stdio: 'inherit' });
}
