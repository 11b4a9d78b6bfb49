import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/fields/labels.ts';
import type { Resource } from '../../src/domain/resource.ts';
import { writeRestResourcePage } from '../../src/schema/find-resources.ts';
import { toRestResource, writeRestResource } from '../../src/schema/resource.ts';

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
});

test('a resource is written as JSON has what the contract shows of it', () => {
  fc.assert(
    fc.property(resources, (resource) => {
      expect(writeRestResource(resource)).toBe(JSON.stringify(toRestResource(resource)));
    }),
  );
});

test('a page is written as JSON has its resources and its cursor', () => {
  fc.assert(
    fc.property(fc.array(resources, { maxLength: 3 }), textOrNull, (found, nextCursor) => {
      const written = writeRestResourcePage({ resources: found, nextCursor, cursorOf: () => '' });
      expect(written).toBe(JSON.stringify({ items: found.map(toRestResource), next_cursor: nextCursor }));
    }),
  );
});
