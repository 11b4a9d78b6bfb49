import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createId } from '../../../src/domain/fields/ids.ts';
import { createCursor, parseCursor } from '../../../src/domain/find/cursor.ts';
import { parseSortCursor, SORT_KEYS, SORT_ORDERS, toSortCursor } from '../../../src/domain/find/resource-sort.ts';
import type { Resource } from '../../../src/domain/resource.ts';

const id = createId();
const REFUSAL = /^cursor must be one that this list gave/;
const encode = (json: string) => Buffer.from(json).toString('base64url');

describe('a cursor', () => {
  test('gives back any parts that it was made of', () => {
    const part = fc.oneof(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      fc.integer(),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(parseCursor(createCursor(parts))).toEqual(parts);
      }),
    );
  });

  const foreign: { says: string; text: string }[] = [
    { says: 'empty text', text: '' },
    { says: 'no base64url', text: '*' },
    { says: 'padding', text: Buffer.from('["a"]').toString('base64') },
    { says: 'white space', text: ` ${createCursor(['a'])}` },
    { says: 'JSON in another spelling', text: encode('[ "a" ]') },
    { says: 'no list', text: encode('{"a":1}') },
    { says: 'a part of another kind', text: encode('["a",null]') },
    { says: 'a nested list', text: encode('[["a"]]') },
    { says: 'a lone surrogate', text: encode('["\\ud800"]') },
    { says: 'a NUL', text: encode('["\\u0000"]') },
    { says: 'invalid UTF-8', text: Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]).toString('base64url') },
    { says: 'a text cut short', text: createCursor(['abc']).slice(0, -1) },
  ];
  test.each(foreign)('is refused with $says', ({ text }) => {
    expect(() => parseCursor(text)).toThrow(REFUSAL);
  });
});

describe('the place of a resource in an order', () => {
  const resource = { id, name: 'é "x"\\😀', sizeBytes: 2 ** 52, createdAt: new Date(1_800_000_000_123) } as Resource;
  const keys = { created: 1_800_000_000_123, name: resource.name, size: resource.sizeBytes };

  test('survives its cursor in every order', () => {
    for (const by of SORT_KEYS) {
      for (const order of SORT_ORDERS) {
        expect(parseSortCursor(toSortCursor(resource, { by, order }), { by, order })).toEqual({ key: keys[by], id });
      }
    }
  });

  const forged: { says: string; parts: readonly (string | number)[] }[] = [
    { says: 'a size that is a text', parts: ['size', 'asc', '1', id] },
    { says: 'a negative size', parts: ['size', 'asc', -1, id] },
    { says: 'half a byte', parts: ['size', 'asc', 0.5, id] },
    { says: 'a name that is a number', parts: ['name', 'asc', 1, id] },
    { says: 'a time after the year 9999', parts: ['created', 'asc', 253_402_300_800_000, id] },
    { says: 'no id', parts: ['name', 'asc', 'a'] },
    { says: 'an id that is none', parts: ['name', 'asc', 'a', "' or 1=1"] },
    { says: 'one part too many', parts: ['name', 'asc', 'a', id, 1] },
  ];
  test.each(forged)('is refused with $says', ({ parts }) => {
    const [by] = parts as [(typeof SORT_KEYS)[number]];
    expect(() => parseSortCursor(createCursor(parts), { by, order: 'asc' })).toThrow(REFUSAL);
  });
});
