// Inline content: exactly `data:<MIME_TYPE>;base64,<DATA>` (RFC 2397, of which only the base64 form is taken).

import { invalidInput } from '../errors.ts';
import type { ByteStream } from '../flow/stream.ts';
import { decodeBase64, decodeBase64Stream } from './base64.ts';
import { MIME_TYPE_PATTERN } from './mime-type.ts';

/** Content whose declared type has been read; its bytes are still to come. */
export type DeclaredContent<Bytes> = { readonly declaredMimeType: string | null; readonly bytes: Bytes };

/** Longest head of a data URI, up to and including its comma. */
const MAX_HEAD_BYTES = 1024;
const HEAD = new RegExp(`^data:(${MIME_TYPE_PATTERN})?;base64,$`, 'u');

function parseHead(head: string): string | null {
  const match = HEAD.exec(head);
  if (match === null || !head.isWellFormed())
    throw invalidInput('content', 'must have the form data:<MIME_TYPE>;base64,<DATA>');
  const [essence, ...parameters] = (match[1] ?? '').split(';');
  return essence ? [essence.toLowerCase(), ...parameters].join(';') : null;
}

/**
 * A whole data URI.
 * @throws GatewayError `invalid_input`
 */
export function parseDataUri(text: string): DeclaredContent<Uint8Array> {
  // In bytes, as they are counted of one that is still arriving.
  const head = Buffer.from(text.slice(0, MAX_HEAD_BYTES)).subarray(0, MAX_HEAD_BYTES);
  const headEnd = head.includes(',') ? text.indexOf(',') + 1 : Math.min(text.length, MAX_HEAD_BYTES);
  const declaredMimeType = parseHead(text.slice(0, headEnd));
  return { declaredMimeType, bytes: decodeBase64(text.slice(headEnd)) };
}

/**
 * A data URI that is still arriving. It resolves once the head is read; `bytes` decodes the rest as it is iterated.
 * @throws GatewayError `invalid_input`, also while `bytes` is iterated
 */
export async function openDataUri(text: ByteStream): Promise<DeclaredContent<ByteStream>> {
  const pieces = text[Symbol.asyncIterator]();
  try {
    let head = Buffer.alloc(0);
    let comma = -1;
    while (comma === -1 && head.length < MAX_HEAD_BYTES) {
      const next = await pieces.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
      comma = head.indexOf(',');
    }
    if (comma === -1 || comma >= MAX_HEAD_BYTES) comma = Math.min(head.length, MAX_HEAD_BYTES) - 1;
    const declaredMimeType = parseHead(head.toString('utf8', 0, comma + 1));
    return { declaredMimeType, bytes: decodeBase64Stream(resume(head.subarray(comma + 1), pieces)) };
  } catch (error) {
    await pieces.return?.();
    throw error;
  }
}

async function* resume(first: Uint8Array, rest: AsyncIterator<Uint8Array>): ByteStream {
  try {
    if (first.length > 0) yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
