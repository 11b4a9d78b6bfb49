import { describe, expect, test } from 'vitest';
import { parseSmallJson } from '../../../src/http/json/read-json.ts';
import { collectPlain, inPieces, read } from '../../support/http/json-reading.ts';

const bytes = (...values: number[]) => Buffer.from(values);
const quoted = (...values: number[]) => Buffer.concat([Buffer.from('["'), bytes(...values), Buffer.from('"]')]);
const text = (body: string) => Buffer.from(body);

const MALFORMED: readonly (readonly [string, Buffer, number])[] = [
  ['nothing', text(''), 0],
  ['only spaces', text('  \n'), 3],
  ['a byte order mark', text('\ufeff{}'), 0],
  ['a value cut off', text('{"a":'), 5],
  ['an open object', text('{"a":1'), 6],
  ['an open array', text('[1,2'), 4],
  ['an open string', text('{"a":"b'), 7],
  ['a string ending in a backslash', text('"a\\'), 3],
  ['a cut \\u escape', text('"\\u00'), 5],
  ['bytes after the document', text('{} x'), 3],
  ['a second document', text('{}{}'), 2],
  ['a closing bracket too many', text('[]]'), 2],
  ['a bracket of the wrong kind', text('[}'), 1],
  ['brackets crossed', text('{"a":[1}'), 7],
  ['a comma before the end of an object', text('{"a":1,}'), 7],
  ['a comma before the end of an array', text('[1,]'), 3],
  ['a leading comma', text('[,1]'), 1],
  ['two commas', text('[1,,2]'), 3],
  ['a missing comma', text('[1 2]'), 3],
  ['a missing colon', text('{"a" 1}'), 5],
  ['two colons', text('{"a"::1}'), 5],
  ['a colon in an array', text('["a":1]'), 4],
  ['a key without quotes', text('{a:1}'), 1],
  ['a number as key', text('{1:1}'), 1],
  ['a missing value', text('{"a":}'), 5],
  ['single quotes', text("{'a':1}"), 1],
  ['a comment', text('{/**/}'), 1],
  ['a leading zero', text('[01]'), 2],
  ['a plus sign', text('[+1]'), 1],
  ['a lone minus', text('[-]'), 2],
  ['a number ending in its point', text('[1.]'), 3],
  ['a number beginning with its point', text('[.5]'), 1],
  ['an empty exponent', text('[1e]'), 3],
  ['an exponent of a sign only', text('[1e+]'), 4],
  ['a number cut off', text('-'), 1],
  ['hexadecimal', text('[0x1]'), 2],
  ['NaN', text('[NaN]'), 1],
  ['Infinity', text('[-Infinity]'), 2],
  ['True', text('[True]'), 1],
  ['a literal misspelt', text('[nul1]'), 4],
  ['a literal cut off', text('tru'), 3],
  ['a literal too long', text('[nulll]'), 5],
  ['a raw line feed in a string', text('["a\nb"]'), 3],
  ['a raw NUL in a string', quoted(0), 2],
  ['a raw unit separator in a key', text('{"\u001f":1}'), 2],
  ['an unknown escape', text('["\\x41"]'), 3],
  ['an escaped capital U', text('["\\U0041"]'), 3],
  ['a \\u escape with a bad digit', text('["\\u00g0"]'), 6],
  ['NUL between values', text('[1,\u00002]'), 3],
  ['a no-break space between values', text('[1,\u00a02]'), 3],
  ['a form feed between values', text('[1,\f2]'), 3],
  ['a lone continuation byte', quoted(0x80), 2],
  ['an overlong slash of two bytes', quoted(0xc0, 0xaf), 2],
  ['an overlong slash of three bytes', quoted(0xe0, 0x80, 0xaf), 3],
  ['an overlong form of four bytes', quoted(0xf0, 0x8f, 0xbf, 0xbf), 3],
  ['a surrogate in UTF-8', quoted(0xed, 0xa0, 0x80), 3],
  ['a code point beyond U+10FFFF', quoted(0xf4, 0x90, 0x80, 0x80), 3],
  ['a byte that UTF-8 never has', quoted(0xff), 2],
  ['a sequence cut by the quote', quoted(0xe2, 0x82), 4],
  ['UTF-16', Buffer.from('{}', 'utf16le'), 1],
];

/** A clear sentence, which names the mistake's byte or none. */
const refusalAt = (offset: number) => ({
  code: 'malformed_request',
  message: expect.stringMatching(`^the body is not valid JSON: [^"]{15,}$`),
  details: { reason: expect.not.stringMatching(`at byte (?!${offset};)`) },
});

describe('a malformed body is refused in a clear sentence', () => {
  for (const [what, body, offset] of MALFORMED) {
    test(`${what}: whole, in single bytes, and when small`, async () => {
      expect(() => JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))).toThrow();
      const refusal = refusalAt(offset);
      await expect(read(inPieces(body, [1_000]))).rejects.toMatchObject(refusal);
      await expect(read(inPieces(body, [1]))).rejects.toMatchObject(refusal);
      await expect(read(inPieces(body, [1]), { inlineBytes: 1_000 })).rejects.toMatchObject(refusal);
    });
  }

  const content = 'A'.repeat(300);
  const IN_CONTENT: readonly (readonly [string, Buffer, number])[] = [
    ['a raw control character', text(`{"content":"${content}\n"}`), 312],
    ['a raw control character after an escape', text(`{"content":"\\/${content}\t"}`), 314],
    ['an unknown escape', text(`{"content":"${content}\\-"}`), 313],
    ['a bad \\u digit', text(`{"content":"${content}\\u002z"}`), 317],
    ['no closing quote', text(`{"content":"${content}`), 312],
    ['an end inside an escape', text(`{"content":"${content}\\u00`), 316],
    ['bytes that are not UTF-8', Buffer.concat([text(`{"content":"${content}`), bytes(0xc3, 0x28), text('"}')]), 313],
    ['no comma behind it', text(`{"content":"${content}" "a":1}`), 314],
  ];
  for (const [what, body, offset] of IN_CONTENT) {
    test(`${what}, in or behind streamed content`, async () => {
      const refusal = refusalAt(offset);
      for (const piece of [1_000, 1]) {
        await expect(read(inPieces(body, [piece]), { onContent: collectPlain })).rejects.toMatchObject(refusal);
      }
    });
  }

  test('before content leaves it, though the mistake stands in front of it and the body has not ended', async () => {
    for (const mistake of ['"a":01', '"a" 1', '"a":1,,"b":2', '"a":tru', '"a":"\\x"', '"a":"\n"', '"a":[1,]']) {
      const onContent = () => Promise.reject(new Error('content left'));
      async function* endless() {
        yield text(`{"b":{"c":[{}]},${mistake},"content":"${content}`);
        await new Promise(() => {});
      }
      await expect(read(endless(), { onContent })).rejects.toMatchObject({ code: 'malformed_request' });
    }
  });

  test('at once when it begins as no JSON does, and as soon as a bracket closes what is not open', async () => {
    for (const beginning of ['<html>', '\ufeff{', ' \n%PDF-1.7', '[1}', '{"a":[{}}', ']']) {
      async function* endless() {
        yield text(beginning);
        await new Promise(() => {});
      }
      await expect(read(endless())).rejects.toMatchObject({ code: 'malformed_request' });
    }
  });
});

describe('a small body', () => {
  test('keeps "__proto__" as an ordinary key', () => {
    const value = parseSmallJson(text('{"__proto__":{"a":1}}'), { maxDepth: 8 });
    expect(Object.keys(value as object)).toStrictEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test('may hold more brackets and colons in its strings than its limits allow outside', () => {
    const value = { a: '[{::'.repeat(100) };
    expect(parseSmallJson(text(JSON.stringify(value)), { maxDepth: 2, maxKeys: 1 })).toStrictEqual(value);
  });
});
