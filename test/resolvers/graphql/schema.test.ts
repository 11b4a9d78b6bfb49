import { type IntrospectionType, introspectionFromSchema } from 'graphql';
import { expect, test } from 'vitest';
import { createGraphqlSchema } from '../../../src/resolvers/graphql/schema.ts';
import { createOpenApiDocument } from '../../../src/schema/openapi/document.ts';

const { __schema } = introspectionFromSchema(createGraphqlSchema());
const types = __schema.types.filter(({ name }) => !name.startsWith('__'));

type Described = { readonly name: string; readonly description?: string | null | undefined };

/** Everything that a type holds, each by its path. */
function* walk(type: IntrospectionType): Iterable<readonly [path: string, described: Described]> {
  yield [type.name, type];
  const inputs = type.kind === 'INPUT_OBJECT' ? type.inputFields : [];
  const values = type.kind === 'ENUM' ? type.enumValues : [];
  for (const inner of [...inputs, ...values]) yield [`${type.name}.${inner.name}`, inner];
  if (type.kind !== 'OBJECT' && type.kind !== 'INTERFACE') return;
  for (const field of type.fields) {
    yield [`${type.name}.${field.name}`, field];
    for (const arg of field.args) yield [`${type.name}.${field.name}(${arg.name}:)`, arg];
  }
}

test('GraphQL describes each type, field, argument, input field and value of an enumeration', () => {
  const all = types.flatMap((type) => [...walk(type)]);
  expect(all.length).toBeGreaterThan(100);
  const silent = all.filter(([, { description }]) => (description ?? '').trim() === '').map(([path]) => path);
  expect(silent).toEqual([]);
});

test('GraphQL writes the values of enumerations in capitals, but for those of the contract', () => {
  const enums = types.filter((type) => type.kind === 'ENUM');
  const values = Object.fromEntries(enums.map(({ name, enumValues }) => [name, enumValues.map((value) => value.name)]));
  expect(values).toEqual({
    ConflictPolicy: ['ERROR', 'KEEP', 'RENAME', 'REPLACE'],
    ContentDisposition: ['ATTACHMENT', 'INLINE'],
    CreateResult: ['CREATED', 'KEPT', 'RENAMED', 'REPLACED'],
    ExternalStorageType: ['azure_blob', 'gcs', 's3'],
    ResourceSortKey: ['CREATED', 'NAME', 'SIZE'],
    SortOrder: ['ASC', 'DESC'],
    UploadMethod: ['DIRECT', 'RESUMABLE'],
    UploadState: ['COMPLETE', 'CONSUMED', 'FAILED', 'OPEN'],
    WebhookDeliveryState: ['DELIVERED', 'FAILED', 'RETRYING'],
    WebhookDisabledReason: ['BY_HAND', 'FAILING', 'GONE'],
  });
  const { ExternalStorageType: _contract, ...ours } = values;
  for (const value of Object.values(ours).flat()) expect(value).toBe(value.toUpperCase());
});

test("GraphQL describes fields and operations in OpenAPI's words, and names them as GraphQL does", () => {
  const { components, paths } = createOpenApiDocument();
  const toWords = (text: string | null | undefined) =>
    (text ?? '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, ' ')
      .trim();
  const described = new Map(types.flatMap((type) => [...walk(type)]).map(([path, it]) => [path, it.description]));
  const { properties = {} } = components.schemas.Resource as { properties?: { [name: string]: Described } };
  for (const [name, { description }] of Object.entries(properties)) {
    if (description === undefined || name === 'metadata') continue;
    const field = name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
    expect(toWords(described.get(`Resource.${field}`)), field).toBe(toWords(description));
  }
  const create = paths['/v1/resources']?.post;
  expect(toWords(described.get('Mutation.createResource'))).toBe(toWords(`${create?.summary} ${create?.description}`));

  const foreign = [...described.values()].filter((text) => /\b[a-z]+_[a-z]|\/v1\//.test(text ?? ''));
  expect(foreign).toEqual([]);
});
