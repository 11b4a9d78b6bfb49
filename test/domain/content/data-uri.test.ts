import { expect, test } from 'vitest';
import { openDataUri, parseDataUri } from '../../../src/domain/content/data-uri.ts';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';

async function* cut(text: string, size: number): ByteStream {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size), 'latin1');
}

async function open(text: string, size: number) {
  const { declaredMimeType, bytes } = await openDataUri(cut(text, size));
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(Buffer.from(piece));
  return { declaredMimeType, text: Buffer.concat(pieces).toString() };
}

const GOOD: readonly [string, string | null, string][] = [
  ['data:text/plain;base64,SGVsbG8=', 'text/plain', 'Hello'],
  ['data:text/plain;base64,', 'text/plain', ''],
  ['data:;base64,SGVsbG8=', null, 'Hello'],
  ['data:Text/HTML;Charset=UTF-8;base64,SGVsbG8=', 'text/html;Charset=UTF-8', 'Hello'],
  ['data:a/b;x="y z";base64,SGVsbG8=', 'a/b;x="y z"', 'Hello'],
];

test.each(GOOD)('reads %s', async (text, declaredMimeType, content) => {
  const whole = parseDataUri(text);
  expect(whole.declaredMimeType).toBe(declaredMimeType);
  expect(Buffer.from(whole.bytes).toString()).toBe(content);
  for (const size of [1, 2, 3, 7, 1000]) expect(await open(text, size)).toEqual({ declaredMimeType, text: content });
});

const BAD = [
  '',
  'data:',
  'data:text/plain;base64',
  'data:text/plain,SGVsbG8=',
  'DATA:text/plain;base64,SGVsbG8=',
  'data:text/plain;BASE64,SGVsbG8=',
  'data:text/plain; base64,SGVsbG8=',
  'data:text;base64,SGVsbG8=',
  ' data:text/plain;base64,SGVsbG8=',
  'data:text/plain;base64,SGVsbG8',
  'data:text/plain;base64,SGVsbG8==',
  'data:text/plain;base64,SGVsbG9=',
  'data:text/plain;base64,SGVs bG8=',
  'data:text/plain;base64,SGVsbG8=\n',
  `data:text/${'x'.repeat(2000)};base64,SGVsbG8=`,
];

test.each(BAD)('refuses %j, whole and in pieces', async (text) => {
  expect(() => parseDataUri(text)).toThrow(/^content /);
  for (const size of [1, 5, 4000]) await expect(open(text, size)).rejects.toThrow(/^content /);
});

test('stops its source when the head is refused', async () => {
  let closed = false;
  async function* endless(): ByteStream {
    try {
      while (true) yield Buffer.from('x'.repeat(100));
    } finally {
      closed = true;
    }
  }
  await expect(openDataUri(endless())).rejects.toThrow(/^content /);
  expect(closed).toBe(true);
});
