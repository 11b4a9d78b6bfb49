// Builds what is published: modules for both ways of importing, and types in which those of the gateway's router are bundled.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const common = {
  cwd: import.meta.dirname,
  entry: ['src/index.ts', 'src/node.ts'],
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  // Names that stay, so that a build writes over the last one, of which somebody may be reading.
  hash: false,
  clean: false,
  deps: { neverBundle: [/^(?!src\/)[^./]/] },
};

/** The same types for `require`: a file of types stands for a module of one kind, which its ending says. */
async function copyTypes(): Promise<void> {
  const folder = join(import.meta.dirname, 'dist');
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.d.ts'))) {
    const types = await readFile(join(folder, name), 'utf8');
    const renamed = types.replace(/(from "\.\/[^"]+)\.js"/g, '$1.cjs"');
    await writeFile(join(folder, name.replace(/\.ts$/, '.cts')), renamed);
  }
}

export default [
  {
    ...common,
    format: 'esm',
    dts: true,
    // The types of tRPC name what older libraries of a compiler do not have.
    banner: { dts: '/// <reference lib="esnext.disposable" />' },
    // The gateway's modules come in for their types alone, of which only those that are named stay.
    treeshake: { moduleSideEffects: false },
    hooks: { 'build:done': copyTypes },
  },
  { ...common, format: 'cjs', dts: false },
];
