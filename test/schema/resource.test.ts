import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/fields/labels.ts';
import type { Resource } from '../../src/domain/resource.ts';
import { restResource, toPublicResource, toRestResource } from '../../src/schema/resource.ts';
import { toRestKeys } from '../../src/schema/spelling.ts';
import { toTimeText } from '../../src/schema/time.ts';

const text = fc.string({ unit: 'binary' });
const textOrNull = fc.option(text);
const time = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });

const resources: fc.Arbitrary<Resource> = fc.record({
  id: fc.uuid(),
  accountId: text,
  name: text,
  directoryPath: text,
  mimeType: text,
  sha256: text,
  originalUri: textOrNull,
  externalId: textOrNull,
  externalStorageType: fc.constantFrom(null, 's3', 'gcs', 'azure_blob'),
  storageBucket: text,
  storageKey: text,
  sizeBytes: fc.maxSafeNat(),
  tags: fc.array(text),
  metadata: fc.option(fc.dictionary(text, fc.jsonValue()) as fc.Arbitrary<JsonObject>),
  createdBy: textOrNull,
  createdAt: time,
  updatedAt: time,
  version: fc.integer({ min: 1 }),
});

test('REST shows of a resource what the other transports show, in the order of its description', () => {
  fc.assert(
    fc.property(resources, (resource) => {
      const shown = toRestResource(resource);
      expect(shown).toEqual(toRestKeys(toPublicResource(resource)));
      expect(Object.keys(shown)).toEqual(Object.keys(restResource.shape));
    }),
  );
});

test('a time is written as ISO 8601 has it, to the millisecond', () => {
  fc.assert(
    fc.property(fc.array(fc.date({ noInvalidDate: true }), { maxLength: 3 }), (times) => {
      expect(times.map(toTimeText)).toEqual(times.map((each) => each.toISOString()));
    }),
  );
  expect(() => toTimeText(new Date(Number.NaN))).toThrow(RangeError);
});
