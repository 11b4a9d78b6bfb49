// How the console is built: into `dist/console`, each file with its compressed forms beside it, for the gateway to serve.
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const MIN_COMPRESSED_BYTES = 512;

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses, since a proxy may have put the gateway below a path of its own.
  base: './',
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
  plugins: [compress()],
  // `npm run dev -w console` beside a gateway at its usual address.
  server: { proxy: { '^/(v1|trpc|graphql|openapi.json|docs)': 'http://127.0.0.1:3000' } },
});

/** Compresses once, at the build, what the gateway would otherwise compress for everybody. */
function compress(): Plugin {
  return {
    name: 'compress',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
      const work = Object.values(bundle).map(async (file) => {
        const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        if (bytes.length < MIN_COMPRESSED_BYTES) return;
        const forms = {
          br: await promisify(brotliCompress)(bytes, { params }),
          gz: await promisify(gzip)(bytes, { level: 9 }),
        };
        for (const [ending, source] of Object.entries(forms)) {
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.${ending}`, source });
        }
      });
      await Promise.all(work);
    },
  };
}
