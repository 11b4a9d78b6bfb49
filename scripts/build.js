// Builds what is published: Node strips no types below node_modules, so that an installed package is JavaScript.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { build } from 'vite';
import { bring } from './tool.js';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'dist', 'js');
const COMPILER = join(ROOT, 'tools', 'compile', 'node_modules', 'typescript', 'bin', 'tsc');
const VENDOR = join(OUT, 'vendor');
/** What is built in instead of being a dependency: tRPC's packages make npm install a compiler beside them, as their peer. */
const BUILT_IN = /(?<=(?:from |import\()')@trpc\/[^']+(?=')/g;

/** What Node 22 lacks: `using` is compiled away, and the rest comes from core-js where it is not there. */
const DISPOSABLES = 'disposables';
const DISPOSABLE_PARTS = ['symbol/dispose', 'symbol/async-dispose', 'disposable-stack', 'async-disposable-stack'];
const DISPOSES = /\b(?:Async)?DisposableStack\b|\bSymbol\.(?:asyncD|d)ispose\b/;

/** Each specifier by the name of the file that will hold it. */
function findBuiltIn(files) {
  const specifiers = files.flatMap((file) => readFileSync(file, 'utf8').match(BUILT_IN) ?? []);
  return new Map(specifiers.map((specifier) => [specifier, specifier.slice(1).replaceAll('/', '-')]));
}

async function bundle(entries) {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: VENDOR,
      emptyOutDir: false,
      target: 'es2022',
      rolldownOptions: {
        input: {
          ...Object.fromEntries([...entries].map(([specifier, name]) => [name, specifier])),
          [DISPOSABLES]: join(VENDOR, `${DISPOSABLES}.source.js`),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'shared-[name].js' },
        preserveEntrySignatures: 'strict',
      },
    },
  });
}

function toVendor(file, name) {
  const path = relative(dirname(file), join(VENDOR, `${name}.js`)).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

for (const folder of ['tools/compile', 'tools/publish']) bring(folder);
rmSync(OUT, { recursive: true, force: true });
for (const project of ['tsconfig.build.json', 'tsconfig.types.json']) {
  execFileSync(process.execPath, [COMPILER, '-p', join(ROOT, project)], { stdio: 'inherit' });
}
copyFileSync(join(ROOT, 'src/start/compile-cache.cjs'), join(OUT, 'src/start/compile-cache.cjs'));
const files = readdirSync(OUT, { recursive: true })
  .filter((name) => name.endsWith('.js'))
  .map((name) => join(OUT, name));
const builtIn = findBuiltIn(files);
mkdirSync(VENDOR);
const source = join(VENDOR, `${DISPOSABLES}.source.js`);
const { resolve } = createRequire(join(ROOT, 'tools', 'publish', 'package.json'));
const parts = DISPOSABLE_PARTS.map((part) => resolve(`core-js/actual/${part}`));
writeFileSync(source, parts.map((part) => `import ${JSON.stringify(part)};\n`).join(''));
await bundle(builtIn);
rmSync(source);
for (const file of files) {
  const code = readFileSync(file, 'utf8');
  const linked = code.replace(BUILT_IN, (specifier) => toVendor(file, builtIn.get(specifier)));
  // On the first line, so that the source map still fits.
  const needed = DISPOSES.test(code) ? `import '${toVendor(file, DISPOSABLES)}'; ` : '';
  if (needed + linked !== code) writeFileSync(file, needed + linked);
}
