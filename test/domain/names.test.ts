import { expect, test } from 'vitest';
import { parseDirectoryPath, parseName } from '../../src/domain/names.ts';

test.each([
  ['/', '/'],
  ['', '/'],
  ['docs/a/', '/docs/a'],
  ['//docs///a', '/docs/a'],
  ['/ a /b', '/ a /b'],
  ['/e\u0301', '/\u00e9'],
])('the path %j becomes %j', (sent, kept) => {
  expect(parseDirectoryPath(sent)).toBe(kept);
});

test.each(['..', '/a/..', '../a', 'a/./b', '/a\0b', '/\ud800', '/a\nb', `/${'é'.repeat(512)}`, `/${'a'.repeat(256)}`])(
  'refuses the path %j',
  (sent) => {
    expect(() => parseDirectoryPath(sent)).toThrow(/directoryPath/);
  },
);

test('takes a path of exactly 1024 bytes and refuses one byte more', () => {
  const path = `/${'abc/'.repeat(255)}abc`;
  expect(Buffer.byteLength(path)).toBe(1024);
  expect(parseDirectoryPath(path)).toBe(path);
  expect(() => parseDirectoryPath(`${path}d`)).toThrow(/1024/);
});

test('counts an emoji in a name as one character', () => {
  expect(parseName('😀'.repeat(255))).toBe('😀'.repeat(255));
  expect(() => parseName('😀'.repeat(256))).toThrow(/255/);
});
