import { describe, expect, test } from 'vitest';
import { inPieces, read } from '../../support/http/json-reading.ts';

const LARGE = 'A'.repeat(5_000);
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const keyed = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index % 7}":0`).join()}}`;

describe('the limits of a JSON body', () => {
  for (const [size, inlineBytes] of [
    ['small', 1_000_000],
    ['large', 0],
  ] as const) {
    test(`takes a ${size} body as deep as allowed and refuses one level more`, async () => {
      await read(inPieces(nested(64), [7]), { inlineBytes });
      await expect(read(inPieces(nested(65), [7]), { inlineBytes })).rejects.toMatchObject({
        code: 'malformed_request',
      });
    });

    test(`counts the keys of a ${size} body, repeated ones too, and refuses one too many`, async () => {
      await read(inPieces(keyed(50), [7]), { inlineBytes, maxKeys: 50 });
      const refused = read(inPieces(keyed(51), [7]), { inlineBytes, maxKeys: 50 });
      await expect(refused).rejects.toThrow('the body has more than 50 keys; send fewer');
    });
  }

  test('takes fields of exactly the limit and refuses one byte more, whatever they are made of', async () => {
    const fill = (bytes: number) => [
      `{"metadata":"${'x'.repeat(bytes - 15)}"}`,
      `{"${'x'.repeat(bytes - 6)}":1}`,
      `${' '.repeat(bytes - 2)}{}`,
      `{}${' '.repeat(bytes - 2)}`,
      `[${'1'.repeat(bytes - 2)}]`,
      `"${'\\u0041'.repeat((bytes - 4) / 6)}  "`,
    ];
    for (const piece of [1, 64, 10_000]) {
      for (const body of fill(1_000)) await read(inPieces(body, [piece]), { maxFieldsBytes: 1_000 });
      for (const body of fill(1_000).map((fits) => `${fits} `)) {
        const refused = read(inPieces(body, [piece]), { maxFieldsBytes: 1_000 });
        await expect(refused).rejects.toMatchObject({ code: 'fields_too_large', details: { maxBytes: 1_000 } });
      }
    }
  });

  test('does not count content, streamed or kept', async () => {
    const name = `"name":"${'x'.repeat(78)}"`;
    const content = `"content":"${LARGE}"`;
    for (const body of [`{${content},${name}}`, `{${name},${content}}`]) {
      expect(body.length - LARGE.length).toBe(102);
      for (const inlineBytes of [0, 4_999, 5_000, 10_000]) {
        for (const piece of [1, 10_000]) {
          await read(inPieces(body, [piece]), { inlineBytes, maxFieldsBytes: 102 });
          const refused = read(inPieces(body, [piece]), { inlineBytes, maxFieldsBytes: 101 });
          await expect(refused).rejects.toMatchObject({ code: 'fields_too_large' });
        }
      }
    }
  });

  test('stops reading an endless field once it is too large', async () => {
    let pulled = 0;
    async function* endless() {
      yield Buffer.from('{"name":"');
      for (;;) {
        pulled += 1_000;
        yield Buffer.alloc(1_000, 'x');
      }
    }
    const refused = read(endless(), { maxFieldsBytes: 10_000, inlineBytes: 5_000 });
    await expect(refused).rejects.toMatchObject({ code: 'fields_too_large' });
    expect(pulled).toBeLessThanOrEqual(12_000);
  });
});
