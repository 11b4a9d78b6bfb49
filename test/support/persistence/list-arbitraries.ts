// Resources and filters at random, out of so few values that they meet.
import fc from 'fast-check';
import type { JsonObject } from '../../../src/domain/fields/labels.ts';
import type { ResourceFilterInput } from '../../../src/domain/find/resource-filter.ts';
import { SORT_KEYS, SORT_ORDERS } from '../../../src/domain/find/resource-sort.ts';

const FIRST_MS = Date.UTC(2026, 0, 1);
const HOURS = 48;

const time = fc.integer({ min: 0, max: HOURS }).map((hours) => new Date(FIRST_MS + hours * 3_600_000));
const tag = fc.constantFrom('a', 'b', 'c', 'd,"}', 'rare');
const path = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/a-b', '/a0', '/z');
const sizeBytes = fc.integer({ min: 0, max: 9 });
const text = fc.constantFrom('x', 'é', '"', '');
const scalar = fc.constantFrom(null, true, false, 0, 1, 1.5, 100, -1e30, 'x', 'é', '"', '');
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(text, scalar, { maxKeys: 2 }),
  fc.array(fc.dictionary(text, scalar, { maxKeys: 1 }), { maxLength: 2 }),
);
const member = fc.constantFrom('k', 'l', 'é"', '__proto__', '');

/** Past what a signature is made of. */
const LONG: JsonObject = { k: 1, long: 'y'.repeat(20_000) };

function metadata(maxKeys: number) {
  const members = fc.uniqueArray(fc.tuple(member, value), { selector: ([key]) => key, maxLength: maxKeys });
  return members.map((entries): JsonObject => Object.fromEntries(entries));
}

export const labels = fc.record({
  tags: fc.uniqueArray(tag, { maxLength: 3 }),
  metadata: fc.oneof(fc.constant(null), { weight: 6, arbitrary: metadata(3) }, fc.constant(LONG)),
});

export const description = fc.record({
  labels,
  sizeBytes,
  directoryPath: path,
  prefix: fc.constantFrom('a', 'ab', 'b', 'é', '\u{1f600}'),
  mimeType: fc.constantFrom('image/png', 'image/pngx', 'text/plain;charset=utf-8', 'text/plain'),
  createdBy: fc.constantFrom(null, 'alice', 'bob'),
  createdAt: time,
});

export const sort = fc.record({ by: fc.constantFrom(...SORT_KEYS), order: fc.constantFrom(...SORT_ORDERS) });

const FIELDS = {
  directoryPath: path,
  recursive: fc.boolean(),
  tagsAny: fc.array(tag, { maxLength: 3 }),
  tagsAll: fc.array(tag, { maxLength: 2 }),
  metadata: metadata(2),
  mimeType: fc.constantFrom('image/png', 'image/*', 'text/plain'),
  minSizeBytes: sizeBytes,
  maxSizeBytes: sizeBytes,
  createdFrom: time,
  createdBefore: time,
  updatedFrom: time,
  createdBy: fc.constantFrom('alice', 'bob'),
  namePrefix: fc.constantFrom('a', 'ab', 'é'),
} satisfies { [Field in keyof ResourceFilterInput]: fc.Arbitrary<ResourceFilterInput[Field]> };

/** Few at once: of many nothing would be left. */
export const filter: fc.Arbitrary<ResourceFilterInput> = fc
  .subarray(Object.keys(FIELDS) as (keyof typeof FIELDS)[], { maxLength: 3 })
  .chain((fields) => fc.record(Object.fromEntries(fields.map((field) => [field, FIELDS[field]]))))
  .map((given) => given as ResourceFilterInput);

/** The three whose pages are found in ways of their own, alone. */
export const special: fc.Arbitrary<ResourceFilterInput> = fc.oneof(
  fc.record({ metadata: FIELDS.metadata }),
  fc.record({ tagsAny: FIELDS.tagsAny, tagsAll: FIELDS.tagsAll }),
  fc.record({ directoryPath: path, recursive: fc.boolean() }),
);
