import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, decodeBase64Stream } from '../../../src/domain/content/base64.ts';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';

const NEAR_MISSES: readonly (readonly [string, string])[] = [
  ['a space', 'QUJD REVG'],
  ['a line break', 'QUJD\r\nREVG'],
  ['a line break at the end', 'QUJD\n'],
  ['the URL-safe minus', 'QUJ-'],
  ['the URL-safe underscore', 'QUJ_'],
  ['one character left over', 'QUJDR'],
  ['a lone character', 'Q'],
  ['two characters without padding', 'QQ'],
  ['three characters without padding', 'QUI'],
  ['one padding of two', 'QQ='],
  ['padding that nothing needs', 'QUJD='],
  ['a group of padding', 'QUJD===='],
  ['three paddings', 'Q==='],
  ['only padding', '===='],
  ['padding too many', 'QUI=='],
  ['padding in the middle of a group', 'QQ=Q'],
  ['padding before another group', 'QQ==QUJD'],
  ['two padded texts', 'QUI=QUI='],
  ['a character behind padding', 'QUI=Q'],
  ['bits beyond one byte', 'QR=='],
  ['bits beyond two bytes', 'QUJ='],
  ['NUL', 'QUJ\0'],
  ['DEL', 'QUJ\u007f'],
  ['a quote', 'QUJ"'],
  ['a Latin-1 letter', 'QUJ\u00c1'],
  ['a full-width letter', 'QUJ\uff21'],
  ['a Cyrillic look-alike', 'QUJ\u0410'],
  ['a letter whose low byte is in the alphabet', 'QUJ\u0141'],
  ['an escape for URLs', 'QUI%3D'],
];

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });

async function* inPieces(text: string | Uint8Array, pieces: readonly number[]): ByteStream {
  const bytes = Buffer.from(text as string);
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const size = pieces[index % pieces.length] as number;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function decodeStream(text: string, pieces: readonly number[]): Promise<Buffer[]> {
  const decoded: Buffer[] = [];
  for await (const piece of decodeBase64Stream(inPieces(text, pieces))) decoded.push(Buffer.from(piece));
  return decoded;
}

describe('base64', () => {
  test('gives the bytes that were encoded, whole and in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), sizes, async (bytes, pieces) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(Buffer.from(decodeBase64(text))).toStrictEqual(Buffer.from(bytes));
        expect(Buffer.from(decodeBase64(Buffer.from(text)))).toStrictEqual(Buffer.from(bytes));
        expect(Buffer.concat(await decodeStream(text, pieces))).toStrictEqual(Buffer.from(bytes));
      }),
    );
  });

  for (const [what, text] of NEAR_MISSES) {
    test(`refuses ${what}`, async () => {
      const refusal = { code: 'invalid_input', details: expect.objectContaining({ field: 'content' }) };
      for (const before of ['', 'QUJD', 'QUJD'.repeat(20_000)]) {
        expect(() => decodeBase64(before + text)).toThrow(expect.objectContaining(refusal));
        expect(() => decodeBase64(Buffer.from(before + text))).toThrow(expect.objectContaining(refusal));
        for (const pieces of before.length < 10 ? [[1], [2], [3], [4], [5], [100]] : [[65_536], [65_521]]) {
          await expect(decodeStream(before + text, pieces)).rejects.toMatchObject(refusal);
        }
      }
    });
  }

  test('refuses every text that no encoder writes and takes every one that an encoder does', async () => {
    const nearly = fc.string({
      unit: fc.constantFrom('A', 'B', 'Q', 'g', '/', '+', '=', '=', '-', ' ', 'é'),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(nearly, sizes, async (text, pieces) => {
        const isStrict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/.test(
          text,
        );
        const attempt = decodeStream(text, pieces);
        if (isStrict) expect(Buffer.concat(await attempt).toString('base64')).toBe(text);
        else await expect(attempt).rejects.toMatchObject({ code: 'invalid_input' });
      }),
      { numRuns: 3000 },
    );
  });

  test('refuses each of the 192 bytes outside the alphabet, in each place of a group', async () => {
    const alphabet = Buffer.from(Uint8Array.from({ length: 48 }, (_, index) => index)).toString('base64').length;
    expect(alphabet).toBe(64);
    for (let byte = 0; byte < 256; byte += 1) {
      if (/[A-Za-z0-9+/]/.test(String.fromCharCode(byte))) continue;
      for (let place = 0; place < 4; place += 1) {
        const text = Buffer.from('QUJDQUJDQUJD');
        text[4 + place] = byte;
        expect(() => decodeBase64(text)).toThrow(/content must be strict base64/);
      }
    }
  });

  test('says where a wrong character is', async () => {
    const text = `${'QUJD'.repeat(20_000)}Q-JD`;
    await expect(decodeStream(text, [65_521])).rejects.toThrow(/at character 80001 of the data/);
    expect(() => decodeBase64(text)).toThrow(/at character 80001 of the data/);
  });

  test('gives an empty file for an empty text', async () => {
    expect(decodeBase64('').length).toBe(0);
    expect(await decodeStream('', [1])).toStrictEqual([]);
  });

  test('lends each piece until the next is asked for, whatever the sizes', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, index) => index * 7));
    for (const size of [1, 100, 16_384, 65_536, 150_000]) {
      const pieces: Uint8Array[] = [];
      for await (const piece of decodeBase64Stream(inPieces(bytes.toString('base64'), [size]))) {
        pieces.push(Buffer.from(piece));
      }
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    }
  });

  test('closes the text when its consumer leaves early, and when it refuses', async () => {
    let closed = 0;
    async function* text(piece: string): ByteStream {
      try {
        for (;;) yield Buffer.from(piece);
      } finally {
        closed += 1;
      }
    }
    for await (const piece of decodeBase64Stream(text('QUJD'.repeat(30_000)))) {
      expect(piece.length).toBe(90_000);
      break;
    }
    await expect(decodeBase64Stream(text('QU J'))[Symbol.asyncIterator]().next()).rejects.toThrow();
    expect(closed).toBe(2);
  });
});
