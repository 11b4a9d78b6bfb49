import { expect, test } from 'vitest';
import { toFingerprint } from '../../../src/domain/create/fingerprint.ts';
import type { JsonObject } from '../../../src/domain/fields/labels.ts';

const description = { name: 'a', directoryPath: '/', tags: ['x', 'y'], metadata: { b: 1, a: { d: [1, 2], c: null } } };
const content = { sha256: 'a'.repeat(64), declaredMimeType: 'text/plain' };
const withMetadata = (text: string) => ({ ...description, metadata: JSON.parse(text) as JsonObject });

test('the same input has the same fingerprint, in whatever order its metadata was written', () => {
  const same = withMetadata('{ "a": { "c": null, "d": [1, 2.0] }, "b": 1e0 }');
  expect(toFingerprint(same, { ...content })).toBe(toFingerprint(description, content));
});

test('the fingerprint of a published version never changes: keys outlive an upgrade', () => {
  expect(toFingerprint(description, content)).toBe('fd5c3e5e792de11ceb8e4e7acf59c0aafeee08ae4bd59fa5ef6314b77218386e');
});

test.each([
  ['name', { ...description, name: 'b' }, content],
  ['directory', { ...description, directoryPath: '/b' }, content],
  ['order of tags', { ...description, tags: ['y', 'x'] }, content],
  ['split of tags', { ...description, tags: ['x","y'] }, content],
  ['value in metadata', withMetadata('{"b":1,"a":{"d":[2,1],"c":null}}'), content],
  ['key in metadata', withMetadata('{"b":1,"a":{"d":[1,2],"c":null,"__proto__":1}}'), content],
  ['type of a value', withMetadata('{"b":"1","a":{"d":[1,2],"c":null}}'), content],
  ['absence of metadata', { ...description, metadata: null }, content],
  ['content', description, { ...content, sha256: 'b'.repeat(64) }],
  ['declared type', description, { ...content, declaredMimeType: null }],
  ['uri instead of content', description, { uri: content.sha256 }],
])('another %s has another fingerprint', (_what, changed, source) => {
  expect(toFingerprint(changed, source)).not.toBe(toFingerprint(description, content));
});
