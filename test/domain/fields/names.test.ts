import { expect, test } from 'vitest';
import { invalidInput } from '../../../src/domain/errors.ts';
import { parseDirectoryPath, parseName } from '../../../src/domain/fields/names.ts';
import { parseResourceFilter } from '../../../src/domain/find/resource-filter.ts';

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

/** In falling order of their combining classes, which is what takes normalising the longest. */
const marks = (count: number) => `a${'\u0300'.repeat(count / 2)}${'\u0316'.repeat(count / 2)}`;

/** Fails when a string is normalised that is too long for that. */
function watchNormalising() {
  const { normalize } = String.prototype;
  const lengths: number[] = [];
  String.prototype.normalize = function (this: string, form?: string) {
    lengths.push(this.length);
    return normalize.call(this, form);
  };
  return {
    longest: () => Math.max(0, ...lengths),
    [Symbol.dispose]() {
      String.prototype.normalize = normalize;
    },
  };
}

test.each([
  ['a name', () => parseName(marks(250_000)), /name must not have a name longer than 255/],
  ['a path', () => parseDirectoryPath(`/docs/${marks(250_000)}`), /directoryPath must not be longer than 1024 bytes/],
  ['a path of many names', () => parseDirectoryPath(`/${marks(900)}`.repeat(200)), /1024 bytes/],
  ['a prefix', () => parseResourceFilter({ namePrefix: marks(250_000) }), /namePrefix must not be longer/],
  ['a directory to list', () => parseResourceFilter({ directoryPath: marks(250_000) }), /1024 bytes/],
])('refuses %s of 250,000 combining marks before normalising it', (_says, parse, sentence) => {
  using watched = watchNormalising();
  expect(parse).toThrow(sentence);
  expect(watched.longest()).toBeLessThanOrEqual(2_040);
});

test('judges a name by its length in NFC, however long it was sent', () => {
  const sent = '\u03b1\u0313\u0300\u0345'.repeat(255);
  expect(parseName(sent)).toBe('\u1f82'.repeat(255));
  expect(parseDirectoryPath(`/${sent}`.slice(0, 1 + 4 * 255))).toBe(`/${'\u1f82'.repeat(255)}`);
  expect(() => parseName(`${sent}b`)).toThrow(/255/);
});

test('tells the name of an unknown field back no longer than a hundred characters', () => {
  expect(invalidInput('x'.repeat(1_000_000), 'is not known here').message.length).toBeLessThan(150);
});
