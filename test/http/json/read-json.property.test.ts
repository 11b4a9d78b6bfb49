import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import { collectPlain, inPieces, read, readRestored } from '../../support/http/json-reading.ts';
import { spelling, spellString } from '../../support/http/json-spelling.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });
const inlineBytes = fc.constantFrom(0, 1, 97, 150, 100_000);

describe('a JSON body', () => {
  test('means what JSON.parse says, in every spelling, in pieces of any size, wherever content begins to be streamed', async () => {
    await fc.assert(
      fc.asyncProperty(spelling, sizes, inlineBytes, async (text, pieces, inline) => {
        expect(await readRestored(inPieces(text, pieces), { inlineBytes: inline })).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 1500 },
    );
  });

  test('means the same cut in two at every byte', async () => {
    const content = `${'AB/+'.repeat(40)}"\\é😀\u0001=`;
    const text = `{ "a":[1.5e-3,{"b":null}],"\\u0063onte\\u006Et" : ${spellString(content, (below) => 5 % below)},"é":"€" }`;
    const expected = JSON.parse(text);
    expect(expected.content).toBe(content);
    for (let cut = 1; cut < Buffer.byteLength(text); cut += 1) {
      expect(await readRestored(inPieces(text, [cut, 1_000]))).toStrictEqual(expected);
    }
    expect(await readRestored(inPieces(text, [1]))).toStrictEqual(expected);
  });

  test('is refused exactly when JSON.parse or a fatal TextDecoder refuses it, whichever byte is spoilt', async () => {
    const spoil = fc.record({
      at: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 2 }),
      removed: fc.nat({ max: 2 }),
      inline: inlineBytes,
    });
    await fc.assert(
      fc.asyncProperty(spelling, spoil, sizes, async (text, { at, bytes, removed, inline }, pieces) => {
        const right = Buffer.from(text);
        const start = at % right.length;
        const body = Buffer.concat([right.subarray(0, start), bytes, right.subarray(start + removed)]);
        const expected = tryParse(body);
        const got = await readRestored(inPieces(body, pieces), { inlineBytes: inline, onContent: collectPlain }).then(
          (value) => ({ value }),
          (error) => error,
        );
        if (expected === null) {
          expect(got).toBeInstanceOf(GatewayError);
          expect(got.code).toBe('malformed_request');
        } else if (got instanceof GatewayError) {
          // Refused beyond JSON: half a surrogate pair in streamed content, and by its consumer an escaped control character.
          expect(got.message).toMatch(/surrogate|a control character in content/);
        } else expect(got).toStrictEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test('keeps half a surrogate pair in an ordinary string and refuses it in streamed content', async () => {
    const filler = 'A'.repeat(200);
    for (const half of ['\\ud800', '\\udc00', '\\ud800\\ud800', '\\udbff\\n', '\\ud800x']) {
      const { value } = await read(inPieces(`{"name":"${filler}${half}"}`, [3]));
      expect(value).toStrictEqual({ name: filler + JSON.parse(`"${half}"`) });
      await expect(read(inPieces(`{"content":"${filler}${half}"}`, [3]))).rejects.toThrow(/surrogate/);
    }
  });
});

function tryParse(body: Uint8Array): { value: unknown } | null {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)) };
  } catch {
    return null;
  }
}
