import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';
import { SMALL_BYTES } from '../../../src/http/json/read-json.ts';
import { inPieces, read } from '../../support/http/json-reading.ts';

const PIECE = Buffer.alloc(1_000, 'A');

/** A body with content of `count` pieces that tells how far it was pulled and whether it was closed. */
function createBody(count: number, end = '"}') {
  const state = { pulled: 0, closed: false };
  async function* pieces(): ByteStream {
    try {
      yield Buffer.from('{"content":"');
      for (; state.pulled < count; state.pulled += 1) yield PIECE;
      yield Buffer.from(end);
    } finally {
      state.closed = true;
    }
  }
  return { state, pieces: pieces() };
}

describe('while content streams', () => {
  test('no piece is pulled before its consumer asks for one', async () => {
    const { state, pieces } = createBody(100);
    const ahead: number[] = [];
    await read(pieces, {
      onContent: async (text) => {
        let taken = 0;
        for await (const piece of text) {
          taken += piece.length;
          for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
          ahead.push(state.pulled * PIECE.length - taken);
        }
        return '';
      },
    });
    expect(state.pulled).toBe(100);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(PIECE.length);
  });

  test('a piece beyond the gathered beginning is needed only until the next is asked for', async () => {
    const content = Array.from({ length: 40 }, (_, at) => String.fromCharCode(97 + (at % 26)).repeat(10_000)).join('');
    async function* lent(): ByteStream {
      const memory = Buffer.alloc(10_000);
      let at = 0;
      for await (const piece of inPieces(`{"content":"${content}","name":"${'n'.repeat(30_000)}"}`, [10_000])) {
        at += piece.length;
        if (at <= 2 * SMALL_BYTES) yield Uint8Array.from(piece);
        else {
          memory.fill('!').set(piece);
          yield memory.subarray(0, piece.length);
        }
      }
    }
    const { value, streamed } = await read(lent());
    const { content: placeholder, name } = value as { content: string; name: string };
    expect(streamed.get(placeholder)).toBe(content);
    expect(name).toBe('n'.repeat(30_000));
  });

  test('a consumer that rejects ends the source at once with its own error', async () => {
    const { state, pieces } = createBody(100);
    const error = new Error('enough');
    const onContent = async (text: ByteStream) => {
      for await (const piece of text) if (piece.length > 0 && state.pulled === 5) throw error;
      return '';
    };
    await expect(read(pieces, { onContent })).rejects.toBe(error);
    expect(state).toStrictEqual({ pulled: 5, closed: true });
  });

  test('a consumer that rejects without reading ends the source at once', async () => {
    const { state, pieces } = createBody(100);
    const error = new Error('not now');
    await expect(read(pieces, { onContent: () => Promise.reject(error) })).rejects.toBe(error);
    expect(state).toStrictEqual({ pulled: 0, closed: true });
  });

  test('a consumer that leaves early gets the body read to its end, and the rest is still judged', async () => {
    const onContent = async (text: ByteStream) => {
      for await (const piece of text) return `left after ${piece.length}`;
      return 'never began';
    };
    const { streamed } = await read(createBody(10).pieces, { onContent });
    expect([...streamed.values()]).toStrictEqual(['left after 97']);
    await expect(read(createBody(10, '\\-"}').pieces, { onContent })).rejects.toMatchObject({
      code: 'malformed_request',
    });
    await expect(read(createBody(10, '').pieces, { onContent })).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('a consumer cannot hide that the source failed or the body broke off', async () => {
    const error = new Error('connection reset');
    async function* broken(): ByteStream {
      yield Buffer.from('{"content":"');
      yield PIECE;
      throw error;
    }
    const onContent = async (text: ByteStream) => {
      try {
        for await (const piece of text) expect(piece.length).toBeGreaterThan(0);
      } catch {
        return 'all is well';
      }
      return 'complete';
    };
    await expect(read(broken(), { onContent })).rejects.toBe(error);
    await expect(read(createBody(3, '').pieces, { onContent })).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('what the source throws reaches consumer and caller unchanged', async () => {
    const error = new Error('connection reset');
    async function* broken(): ByteStream {
      yield Buffer.from('{"content":"');
      yield PIECE;
      throw error;
    }
    const seen: unknown[] = [];
    const onContent = async (text: ByteStream) => {
      try {
        for await (const piece of text) seen.push(piece.length);
      } catch (thrown) {
        seen.push(thrown);
        throw new Error('wrapped', { cause: thrown });
      }
      return '';
    };
    await expect(read(broken(), { onContent })).rejects.toBe(error);
    expect(seen.at(-1)).toBe(error);
  });

  test('a refusal after the content closes the source and leaves what was streamed to its owner', async () => {
    const owned: string[] = [];
    const { state, pieces } = createBody(3, '",}');
    const onContent = async (text: ByteStream) => {
      for await (const piece of text) expect(piece.length).toBeGreaterThan(0);
      owned.push('staged');
      return 'staged';
    };
    await expect(read(pieces, { onContent })).rejects.toMatchObject({ code: 'malformed_request' });
    expect(owned).toStrictEqual(['staged']);
    expect(state.closed).toBe(true);
  });
});

describe('aborting', () => {
  test('rejects with the reason though the source never gives its next piece', async () => {
    for (const first of ['{"na', '{"content":"', `{"content":"${'A'.repeat(200)}`]) {
      const { promise: waiting, resolve: onWaiting } = Promise.withResolvers<void>();
      async function* stalled(): ByteStream {
        yield Buffer.from(first);
        onWaiting();
        await new Promise(() => {});
      }
      const controller = new AbortController();
      const reading = read(stalled(), { signal: controller.signal });
      await waiting;
      controller.abort(new Error('gone'));
      await expect(reading).rejects.toThrow('gone');
    }
  });

  test('before the start reads nothing', async () => {
    const body = inPieces('{}', [1]);
    await expect(read(body, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    expect(await body[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  });
});
