// The clients that are tried while gateways die: each brings a content of its own, and says what it was.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { servePage } from '../examples/page-server.ts';
import { findBrowser, openPage } from '../rest/browser.ts';
import { sha256Of, uploadByTus } from './client.ts';
import { loadUppy } from './uppy.ts';

export type KilledUpload = {
  readonly endpoint: string;
  readonly token: string;
  readonly sizeBytes: number;
  readonly metadata: { readonly name: string; readonly directory_path: string };
};

export type KilledClient = {
  readonly name: string;
  /** @returns the sha256 of what it has brought; rejects when it reports a failure */
  upload(upload: KilledUpload): Promise<string>;
};

/** A gateway that was killed is given up for dead only after some seconds. */
const RETRY_DELAYS = Array(100).fill(200);
const PIECE_BYTES = 5 * 1024 * 1024;

const inOneRequest: KilledClient = {
  name: 'tus-js-client',
  async upload({ endpoint, token, sizeBytes, metadata }) {
    const content = randomBytes(sizeBytes);
    const headers = { authorization: `Bearer ${token}` };
    await uploadByTus(content, { endpoint, headers, metadata, retryDelays: RETRY_DELAYS });
    return sha256Of(content);
  },
};

const uppyInPieces: KilledClient = {
  name: '@uppy/tus in pieces of 5 MiB',
  async upload({ endpoint, token, sizeBytes, metadata }) {
    const content = randomBytes(sizeBytes);
    const { Uppy, UppyTus } = await loadUppy();
    const uppy = new Uppy({ meta: { directory_path: metadata.directory_path } });
    const headers = { authorization: `Bearer ${token}` };
    uppy.use(UppyTus, { endpoint, headers, chunkSize: PIECE_BYTES, retryDelays: RETRY_DELAYS });
    uppy.addFile({ name: metadata.name, data: content as never, size: content.length, source: 'Local' });
    const result = await uppy.upload();
    const [failed] = result?.failed ?? [];
    uppy.destroy();
    if (failed !== undefined) throw new Error(String(failed.error));
    return sha256Of(content);
  },
};

const TUS = join(dirname(createRequire(import.meta.url).resolve('tus-js-client/package.json')), 'dist/tus.min.js');

/** In a page of another origin than the gateway's. */
const inBrowser = (browser: string): KilledClient => ({
  name: "tus-js-client's build for browsers, in pieces of 5 MiB",
  async upload({ endpoint, token, sizeBytes, metadata }) {
    await using server = await servePage({
      'index.html': '<title>Upload</title><script src="tus.min.js"></script>',
      'tus.min.js': readFileSync(TUS, 'utf8'),
    });
    await using page = await openPage(browser, { url: `${server.url}/index.html`, width: 800, height: 600 });
    const options = { endpoint, headers: { authorization: `Bearer ${token}` }, metadata, chunkSize: PIECE_BYTES };
    const told = await page.evaluate(`(async () => {
      const block = new Uint8Array(65536 * 16);
      for (let at = 0; at < block.length; at += 65536) crypto.getRandomValues(block.subarray(at, at + 65536));
      const pieces = [];
      for (let left = ${sizeBytes}; left > 0; left -= block.length) {
        const piece = block.slice(0, left);
        piece[0] = pieces.length;
        pieces.push(piece);
      }
      const file = new File(pieces, 'page.bin');
      await new Promise((onSuccess, onError) => {
        const options = ${JSON.stringify({ ...options, retryDelays: RETRY_DELAYS })};
        new tus.Upload(file, { ...options, onSuccess, onError }).start();
      });
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      return { sha256: Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('') };
    })().catch((error) => ({ error: String(error) }))`);
    const { sha256, error } = told as { sha256?: string; error?: string };
    if (sha256 === undefined) throw new Error(error);
    return sha256;
  },
});

const browser = findBrowser();

/** Those that this machine has; the one in a browser needs Chromium or Chrome. */
export const KILLED_CLIENTS: readonly KilledClient[] = [
  inOneRequest,
  uppyInPieces,
  ...(browser === null ? [] : [inBrowser(browser)]),
];
