// What the tests of JSON bodies share: bodies cut into pieces, and a reading that puts streamed strings back.
import { GatewayError } from '../../../src/domain/errors.ts';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';
import { type ReadJsonOptions, readJson } from '../../../src/http/json/read-json.ts';

export type Reading = Partial<ReadJsonOptions<string>>;

export const isTopContent: ReadJsonOptions<string>['isContent'] = (path) => path.length === 1 && path[0] === 'content';

/** The pieces of `body` of `sizes` bytes each, the last size repeated. */
export async function* inPieces(body: string | Uint8Array, sizes: readonly number[]): ByteStream {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  let index = 0;
  for (let at = 0; at < bytes.length; index += 1) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

export async function collect(bytes: ByteStream): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

/** A consumer of content that refuses control characters, as the decoding of base64 does. */
export async function collectPlain(text: ByteStream): Promise<string> {
  const content = (await collect(text)).toString();
  if (/[\0-\x1f]/.test(content)) {
    throw new GatewayError('malformed_request', {
      reason: 'the body is not valid JSON: a control character in content',
    });
  }
  return content;
}

/** Reads a body, keeping streamed strings as text. */
export function read(stream: ByteStream, reading: Reading = {}) {
  return readJson<string>(stream, {
    maxFieldsBytes: 1_048_576,
    maxDepth: 64,
    inlineBytes: 0,
    isContent: isTopContent,
    onContent: async (text) => (await collect(text)).toString(),
    signal: new AbortController().signal,
    ...reading,
  });
}

/** Reads a body whole, with every streamed string put back in its place. */
export async function readRestored(stream: ByteStream, reading: Reading = {}): Promise<unknown> {
  const { value, streamed } = await read(stream, reading);
  return restore(value, streamed);
}

function restore(value: unknown, streamed: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return streamed.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => restore(item, streamed));
  if (typeof value !== 'object' || value === null) return value;
  const copy = {};
  for (const [key, inner] of Object.entries(value)) {
    Object.defineProperty(copy, key, {
      value: restore(inner, streamed),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}
