// Reads a JSON body of any size in constant memory: content strings leave it as streams, the small rest is parsed as
// usual. It refuses what is not exactly one JSON document in UTF-8, and every excess, as soon as it shows.
import { randomUUID } from 'node:crypto';
import type { ByteStream, CallOptions } from '../../domain/flow/stream.ts';
import { liftString } from './lift.ts';
import { createJsonScanner, type ScanOptions } from './scanner.ts';
import { parseScanned, parseSmallJson } from './small-json.ts';
import { type JsonSource, openJsonSource } from './source.ts';
import { createUtf8Check } from './utf8.ts';

/** Up to here a body is gathered and parsed at once; beyond, it is scanned while it arrives, each piece until the next is asked for. */
export const SMALL_BYTES = 64 * 1024;

export type ReadJsonOptions<T> = CallOptions &
  ScanOptions & {
    /**
     * False: `onContent` judges every byte and refuses control characters, as the decoding of base64 does. Looking for
     * them here costs a tenth of the time that a large content takes.
     */
    readonly checksControls: boolean;
    /**
     * Takes the decoded bytes of one content string, in pieces as they arrive; no further piece is read meanwhile. The
     * bytes are UTF-8 and lent: they stay as they are until the next piece is asked for. What it resolves to is the caller's to dispose, also when
     * `readJson` rejects later and when a repeated key leaves it without a place in the value: keep a list.
     */
    onContent(text: ByteStream): Promise<T>;
  };

export type JsonBody<T> = {
  readonly value: unknown;
  /** What `onContent` gave, by the string that stands for it in `value`: one that no sender can guess. */
  readonly lifted: ReadonlyMap<string, T>;
};

/**
 * The value of a body, as JSON.parse gives it, except that content strings beyond `inlineBytes` are lifted out. Only one
 * piece of the source is pulled at a time; on failure the source is ended and nothing of it read any more.
 * @throws GatewayError `malformed_request` (what to change, and the byte) or `fields_too_large`; what `onContent` and
 *   the source throw, unchanged; the signal's reason, once `onContent` has settled
 */
export async function readJson<T>(stream: ByteStream, options: ReadJsonOptions<T>): Promise<JsonBody<T>> {
  const source = openJsonSource(stream, options);
  try {
    // Never more than the fields may have, so that the small path has no bytes to count.
    const isWhole = await gather(source, Math.min(SMALL_BYTES, options.inlineBytes, options.maxFieldsBytes));
    if (isWhole) return { value: parseSmallJson(source.cursor.chunk, options), lifted: new Map() };
    return await readLarge(source, options);
  } finally {
    await source.close();
  }
}

/** Pulls pieces until they are more than `maxBytes` and joins them in the cursor; gives whether the body ended first. */
async function gather(source: JsonSource, maxBytes: number): Promise<boolean> {
  const { cursor } = source;
  const pieces: Buffer[] = [];
  let gatheredBytes = 0;
  let isWhole = false;
  while (gatheredBytes <= maxBytes && !isWhole) {
    isWhole = !(await source.next());
    if (isWhole) break;
    pieces.push(cursor.chunk);
    gatheredBytes += cursor.chunk.length;
  }
  cursor.chunk = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, gatheredBytes);
  cursor.offset = 0;
  return isWhole;
}

async function readLarge<T>(source: JsonSource, options: ReadJsonOptions<T>): Promise<JsonBody<T>> {
  const { cursor } = source;
  const { checksControls, onContent } = options;
  const requireUtf8 = createUtf8Check();
  const scanner = createJsonScanner(options);
  const lifted = new Map<string, T>();
  const stem = `lifted:${randomUUID()}`;

  async function next(): Promise<boolean> {
    if (!(await source.next())) return false;
    requireUtf8(cursor.chunk, cursor.offset);
    return true;
  }

  try {
    requireUtf8(cursor.chunk, cursor.offset);
    do {
      for (let start = scanner.scan(cursor); start !== null; start = scanner.scan(cursor)) {
        const placeholder = `${stem}:${lifted.size}`;
        lifted.set(placeholder, await liftString(start, { cursor, next, checksControls, onContent }));
        scanner.resume(placeholder);
      }
    } while (await next());
    return { value: parseScanned(scanner.finish(cursor.offset)), lifted };
  } finally {
    scanner.close();
  }
}
