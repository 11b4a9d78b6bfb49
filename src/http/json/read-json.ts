// Reads a JSON body of any size in constant memory: content strings leave it as streams, the small rest is parsed as
// usual. It refuses what is no JSON in UTF-8 before content leaves it and at the end, and every excess as soon as it shows.
import { randomUUID } from 'node:crypto';
import type { ByteStream, CallOptions } from '../../domain/flow/stream.ts';
import { createJsonOutline, type OutlineOptions } from './outline.ts';
import { type JsonSource, openJsonSource, toBuffer } from './source.ts';
import { streamString } from './string-stream.ts';
import { malformedJson, parseText, toText } from './text.ts';

/** Up to here a body is gathered and parsed at once; beyond, each piece is needed only until the next is asked for. */
export const SMALL_BYTES = 64 * 1024;
/** How every JSON document begins. */
const BEGINNING = /^[ \t\r\n]*(?:[[{"\dtfn-]|$)/;
const BEGINNING_BYTES = 64;

export type ReadJsonOptions<T> = CallOptions &
  OutlineOptions & {
    /**
     * Takes the decoded bytes of one content string, in pieces as they arrive; no further piece is read meanwhile. Each
     * is UTF-8, and borrowed until the next is asked for. Control characters that JSON forbids in strings are its to
     * refuse, as the decoding of base64 does. What it resolves to is the caller's to dispose, also when `readJson`
     * rejects later and when a repeated key leaves it without a place in the value: keep a list.
     */
    onContent(text: ByteStream): Promise<T>;
  };

type SmallJsonLimits = Pick<OutlineOptions, 'maxDepth' | 'maxKeys'>;

export type JsonBody<T> = {
  readonly value: unknown;
  /** What `onContent` gave, by the string that stands for it in `value`: one that no sender can guess. */
  readonly streamed: ReadonlyMap<string, T>;
};

/**
 * The value of a body, as JSON.parse gives it, but for content strings beyond `inlineBytes`. Only one piece of the source
 * is pulled at a time; on failure the source is ended and nothing of it read any more.
 * @throws GatewayError `malformed_request` (what to change) or `fields_too_large`; what `onContent` and the source throw,
 *   unchanged; the signal's reason, once `onContent` has settled
 */
export async function readJson<T>(stream: ByteStream, options: ReadJsonOptions<T>): Promise<JsonBody<T>> {
  const source = openJsonSource(stream, options);
  try {
    // Never more than the fields may have, so that the small path has no bytes to count.
    const isWhole = await gather(source, Math.min(SMALL_BYTES, options.inlineBytes, options.maxFieldsBytes));
    if (isWhole) return { value: parseSmallJson(source.cursor.chunk, options), streamed: new Map() };
    return await readLarge(source, options);
  } finally {
    await source.close();
  }
}

/** Pulls pieces until they are more than `maxBytes` and joins them in the cursor; gives whether the body ended first. */
async function gather({ cursor, next }: JsonSource, maxBytes: number): Promise<boolean> {
  const pieces: Buffer[] = [];
  let gatheredBytes = 0;
  let isWhole = false;
  while (gatheredBytes <= maxBytes && !isWhole) {
    isWhole = !(await next());
    if (!isWhole) pieces.push(cursor.chunk);
    gatheredBytes += cursor.chunk.length;
  }
  cursor.chunk = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, gatheredBytes);
  return isWhole;
}

async function readLarge<T>(source: JsonSource, options: ReadJsonOptions<T>): Promise<JsonBody<T>> {
  const { cursor, next } = source;
  // A file that is sent as JSON by mistake would be held up to the limit, and told that its fields are too large.
  const isJson = BEGINNING.test(cursor.chunk.toString('latin1', 0, BEGINNING_BYTES));
  if (!isJson) throw malformedJson('begin with the document itself, in UTF-8 without a byte order mark');
  using outline = createJsonOutline(options);
  const streamed = new Map<string, T>();
  do {
    for (let written = outline.follow(cursor); written !== null; written = outline.follow(cursor)) {
      const placeholder = `streamed:${randomUUID()}`;
      streamed.set(placeholder, await streamString({ written, source, onContent: options.onContent }));
      outline.resume(placeholder);
    }
  } while (await next());
  return { value: outline.finish(), streamed };
}

/**
 * The value of a whole body, whose length the caller has limited.
 * @throws GatewayError `malformed_request`
 */
export function parseSmallJson(bytes: Uint8Array, limits: SmallJsonLimits): unknown {
  const chunk = toBuffer(bytes);
  const text = toText(chunk);
  if (mayBreak(text, limits)) {
    const sizes = { maxFieldsBytes: chunk.length, inlineBytes: chunk.length };
    using outline = createJsonOutline({ ...limits, ...sizes, isContent: () => false });
    outline.follow({ chunk, at: 0 });
  }
  return parseText(text, { isBody: true });
}

/** Cheap, and true too often: brackets and colons inside strings count as well. */
function mayBreak(text: string, { maxDepth, maxKeys = Number.POSITIVE_INFINITY }: SmallJsonLimits): boolean {
  const count = (character: string, max: number) => text.split(character, max + 2).length - 1;
  if (text.length > 2 * maxDepth && count('{', maxDepth) + count('[', maxDepth) > maxDepth) return true;
  return text.length > 5 * maxKeys && count(':', maxKeys) > maxKeys;
}
