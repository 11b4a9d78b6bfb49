import { expect, test } from 'vitest';
import { joinPath, parentOf, parsePlace, toHash } from '../../console/src/place.ts';

test.each(['/', '/docs', '/a b/ü/%2F', '/#/?x=1&y', '/..%'])('the directory %s survives the address', (path) => {
  const place = { view: 'files', path, query: new URLSearchParams({ name: 'a&b', tag: '#' }) } as const;
  const parsed = parsePlace(toHash(place));
  expect(parsed.path).toBe(path);
  expect([...parsed.query]).toEqual([...place.query]);
});

test.each(['', '#', '#nonsense', '#files', '#files/%E0%A4%A'])('the address %s leads somewhere', (hash) => {
  expect(parsePlace(hash).view).toBe('files');
});

test('paths are joined, and know what is above them', () => {
  expect([joinPath('/', 'a'), joinPath('/a', 'b'), parentOf('/a/b'), parentOf('/a'), parentOf('/')]).toEqual([
    '/a',
    '/a/b',
    '/a',
    '/',
    '/',
  ]);
});
