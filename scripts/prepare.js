// What follows an install. Plain JavaScript, since it has to run before and without anything that development brings.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const modules = join(root, 'node_modules');

// The carried Node comes with headers for compiling addons, a third of its weight, that nothing here needs.
for (const name of readdirSync(modules)) {
  if (/^node-(?:linux|darwin|win)-/.test(name))
    rmSync(join(modules, name, 'include'), { recursive: true, force: true });
}

// The types that tRPC clients import are built where there is a compiler: not in an install without development tools.
const compiler = join(modules, 'typescript', 'bin', 'tsc');
if (existsSync(compiler) && existsSync(join(modules, '@types', 'node'))) {
  execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.types.json')], { stdio: 'inherit' });
}
