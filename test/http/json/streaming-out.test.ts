import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';
import { inPieces, read, readRestored } from '../../support/http/json-reading.ts';

const LONG = 'data:text/plain;base64,'.padEnd(500, 'A');

describe('a content string', () => {
  test('is streamed one byte beyond the inline limit and stays at the limit', async () => {
    const at = await read(inPieces(`{"content":"${LONG}","b":1}`, [64]), { inlineBytes: 500 });
    expect(at).toStrictEqual({ value: { content: LONG, b: 1 }, streamed: new Map() });
    const beyond = await read(inPieces(`{"content":"${LONG}A","b":1}`, [64]), { inlineBytes: 500 });
    expect([...beyond.streamed.values()]).toStrictEqual([`${LONG}A`]);
    expect(beyond.value).toStrictEqual({ content: [...beyond.streamed.keys()][0], b: 1 });
  });

  test('is replaced by what no sender can guess: it differs in each body', async () => {
    const keys = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      for (const key of (await read(inPieces(`{"content":"${LONG}"}`, [64]))).streamed.keys()) keys.add(key);
    }
    expect(keys.size).toBe(3);
  });

  test('is streamed only where content may stand, however its key is spelt', async () => {
    const body = `{"metadata":{"content":"${LONG}","a":["${LONG}"]},"conten\\u0074":"${LONG}","${LONG}":1,"name":"${LONG}"}`;
    const { value, streamed } = await read(inPieces(body, [11]));
    expect(streamed.size).toBe(1);
    expect(value).toMatchObject({ metadata: { content: LONG, a: [LONG] }, name: LONG, [LONG]: 1 });
  });

  test('is streamed from each part of a batch, by its path', async () => {
    const paths: (string | number)[][] = [];
    const body = `{"0":{"tags":["a","${LONG}"],"content":"${LONG}0"},"1":{"metadata":{"content":"${LONG}"},"content":"${LONG}1"}}`;
    const { streamed } = await read(inPieces(body, [50]), {
      isContent: (path) => {
        paths.push([...path]);
        return path.length === 2 && path[1] === 'content';
      },
    });
    expect([...streamed.values()]).toStrictEqual([`${LONG}0`, `${LONG}1`]);
    expect(paths).toStrictEqual([
      ['0', 'tags', 1],
      ['0', 'content'],
      ['1', 'metadata', 'content'],
      ['1', 'content'],
    ]);
  });

  test('shows its first 16 characters to whoever decides, escapes resolved', async () => {
    const heads: string[] = [];
    const body = `{"a":"\\u0064\\u0061ta:\\/${LONG}","b":"${'\\"'.repeat(99)}","c":"","d":"${'\\u0041'.repeat(40)}"}`;
    await read(inPieces(body, [3]), { isContent: (_, head) => heads.push(head) > 9 });
    expect(heads).toStrictEqual(['data:/data:text/', '"'.repeat(16), 'A'.repeat(16)]);
  });

  test('of up to 96 bytes is an ordinary string, and one byte more is streamed when nothing may stay', async () => {
    for (const piece of [1, 1_000]) {
      expect((await read(inPieces(`{"content":"${'A'.repeat(96)}"}`, [piece]))).streamed.size).toBe(0);
      expect((await read(inPieces(`{"content":"${'A'.repeat(97)}"}`, [piece]))).streamed.size).toBe(1);
    }
  });

  test('takes what the inline limit leaves: several short contents are kept until it is used up', async () => {
    const part = LONG.slice(0, 300);
    const body = `["${part}","${part}","${part}"]`;
    const { value, streamed } = await read(inPieces(body, [64]), { inlineBytes: 700, isContent: () => true });
    expect((value as string[]).slice(0, 2)).toStrictEqual([part, part]);
    expect([...streamed.values()]).toStrictEqual([part]);
  });

  test('given twice is streamed twice, and the last one counts', async () => {
    const body = `{"content":"${LONG}1","content":"${LONG}2"}`;
    const { value, streamed } = await read(inPieces(body, [64]));
    expect([...streamed.values()]).toStrictEqual([`${LONG}1`, `${LONG}2`]);
    expect(streamed.get((value as { content: string }).content)).toBe(`${LONG}2`);
    expect(await readRestored(inPieces(`{"content":"${LONG}","content":null}`, [64]))).toStrictEqual({ content: null });
  });

  test('of any size means the same wherever its characters, escapes and pairs come to be cut', async () => {
    for (const written of ['\\ud83d\\ude00', '\\\\\\/', '\\u00e9😀\\n', '€', 'é\\"']) {
      const content = written.repeat(140_000 / Buffer.byteLength(written));
      for (let shift = 0; shift < 12; shift += 1) {
        const body = `{"content":"${'A'.repeat(shift)}${content}"}`;
        for (const sizes of [[300_000], [97 + shift, 65_536, 1, 1]]) {
          expect(await readRestored(inPieces(body, [...sizes, 50_000]))).toStrictEqual(JSON.parse(body));
        }
      }
    }
  });

  test('arrives as views of the pieces of the body when nothing in it is escaped', async () => {
    const piece = Buffer.alloc(4_096, 'A');
    const seen: Uint8Array[] = [];
    async function* body(): ByteStream {
      yield Buffer.from('{"content":"');
      yield Buffer.alloc(200, 'B');
      yield piece;
      yield Buffer.from('"}');
    }
    const onContent = async (text: ByteStream) => {
      for await (const part of text) seen.push(part);
      return '';
    };
    await read(body(), { onContent });
    expect(seen.some(({ buffer, byteOffset }) => buffer === piece.buffer && byteOffset === piece.byteOffset)).toBe(
      true,
    );
  });
});
