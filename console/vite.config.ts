// How the console is built: into `dist/console`, each file with its compressed forms beside it, for the gateway to serve.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const MIN_COMPRESSED_BYTES = 512;
/** The best would take eleven seconds of every install for a twentieth less. */
const BROTLI_QUALITY = 9;

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses, since a proxy may have put the gateway below a path of its own.
  base: './',
  // Of its sources, so that an install builds no client first; its types are those that are published.
  resolve: { alias: { 'resource-gateway-client': join(import.meta.dirname, '../client/src/index.ts') } },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // Also what is small comes as a file: the console's policy allows no data: in styles and scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What is loaded is judged compressed, by a test.
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: {
      input: ['index.html', 'preview.html'].map((page) => `${import.meta.dirname}/${page}`),
      // Components say that they are for browsers, which all of this is.
      onwarn: (warning, tell) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || tell(warning),
    },
  },
  plugins: [copyPartsOfPdfJs(), compress()],
  // `npm run dev -w console` beside a gateway at its usual address.
  server: { proxy: { '^/(v1|trpc|graphql|openapi.json|docs)': 'http://127.0.0.1:3000' } },
});

/** What pdf.js takes by name when a document needs it: decoders of images, and tables of Chinese, Japanese and Korean characters. */
function copyPartsOfPdfJs(): Plugin {
  return {
    name: 'copy-parts-of-pdfjs',
    async generateBundle() {
      const folder = dirname(dirname(fileURLToPath(import.meta.resolve('pdfjs-dist'))));
      for (const [part, isTaken] of [
        ['wasm', /_nowasm_fallback\.js$/],
        ['cmaps', /\.bcmap$/],
      ] as const) {
        for (const name of (await readdir(join(folder, part))).filter((each) => isTaken.test(each))) {
          const source = await readFile(join(folder, part, name));
          this.emitFile({ type: 'asset', fileName: `pdfjs/${name}`, source });
        }
      }
    },
  };
}

/** Compresses once, at the build, what the gateway would otherwise compress for everybody. */
function compress(): Plugin {
  return {
    name: 'compress',
    // From what was written: until then other plugins still change it.
    async writeBundle({ dir = '.' }, bundle) {
      const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
      const work = Object.keys(bundle).map(async (name) => {
        const path = join(dir, name);
        const bytes = await readFile(path);
        if (bytes.length < MIN_COMPRESSED_BYTES || name.endsWith('.bcmap')) return;
        await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
        await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
      });
      await Promise.all(work);
    },
  };
}
