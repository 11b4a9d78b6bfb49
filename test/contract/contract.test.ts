import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createOpenApiDocument } from '../../src/schema/openapi/document.ts';
import { toNormalForm } from '../support/contract/normal-form.ts';

const CREATE = { path: '/v1/resources', method: 'post' };
const contract = parse(readFileSync(new URL('./create-resource.openapi.yaml', import.meta.url), 'utf8'));

/** What we take besides, each of it optional: taken away by name, so that nothing else comes in unnoticed. */
function withoutAdditions() {
  const document = structuredClone(createOpenApiDocument());
  const create = document.paths['/v1/resources']?.post;
  const { properties } = document.components.schemas.ResourceCreate as unknown as Schema;
  if (create?.requestBody === undefined) throw new Error('the create has no body');
  delete create.requestBody.content['multipart/form-data'];
  for (const name of ['expected_sha256', 'on_conflict', 'if_match']) delete properties[name];
  create.parameters = create.parameters?.filter(({ name, required }) => name !== 'Idempotency-Key' || required) ?? [];
  return document;
}

test('the create that we publish is the one that the contract lists', () => {
  expect(toNormalForm(withoutAdditions(), CREATE)).toEqual(toNormalForm(contract, CREATE));
});

test.each([
  ['a field less', (resource: Schema) => delete resource.properties.sha256],
  ['a field more', (resource: Schema) => Object.assign(resource.properties, { extra: { type: 'string' } })],
  ['another type', (resource: Schema) => Object.assign(resource.properties, { size_bytes: { type: 'number' } })],
  ['a null less', (resource: Schema) => Object.assign(resource.properties, { created_by: { type: 'string' } })],
  ['a promise more', (resource: Schema) => resource.required.push('tags')],
])('%s would be noticed', (_says, change) => {
  const document = withoutAdditions();
  change(document.components.schemas.Resource as unknown as Schema);
  expect(toNormalForm(document, CREATE)).not.toEqual(toNormalForm(contract, CREATE));
});

type Schema = { properties: { [name: string]: unknown }; required: string[] };
