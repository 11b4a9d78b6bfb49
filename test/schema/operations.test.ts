import { expect, test } from 'vitest';
import { createGraphqlSchema } from '../../src/resolvers/graphql/schema.ts';
import { appRouter } from '../../src/resolvers/trpc/router.ts';
import { createOpenApiDocument } from '../../src/schema/openapi/document.ts';
import { OPERATIONS, type OperationName } from '../../src/schema/operations.ts';
import { kindOf } from '../support/schema/operation-kind.ts';

const rows = Object.entries(OPERATIONS).map(
  ([name, row]) => [name, { ...row, kind: kindOf(name as OperationName) }] as const,
);

/** Ways to a resource that Relay prescribes; they are no operations of their own. */
const RELAY_FIELDS = ['node', 'nodes'];
const OF_RESOURCE = new Set(['downloadUrl', 'versions']);

test('GraphQL has each operation that is not REST alone, under its name, as a query or a mutation', () => {
  const schema = createGraphqlSchema();
  const fields = [
    ...Object.keys(schema.getQueryType()?.getFields() ?? {}).map((name) => `query ${name}`),
    ...Object.keys(schema.getMutationType()?.getFields() ?? {}).map((name) => `mutation ${name}`),
    ...Object.keys(schema.getSubscriptionType()?.getFields() ?? {}).map((name) => `subscription ${name}`),
  ].filter((field) => !RELAY_FIELDS.some((name) => field === `query ${name}`));
  // A download's address and the versions are fields of the resource.
  const expected = rows.filter(([name, { procedure }]) => procedure !== null && !OF_RESOURCE.has(name));
  expect(fields.sort()).toEqual(expected.map(([name, { kind }]) => `${kind} ${name}`).sort());
});

test('tRPC has each operation that is not REST alone, as a query or a mutation', () => {
  const { resource, trash, upload, event, usage, webhook } = appRouter._def.record;
  const procedures = Object.entries({ resource, trash, upload, event, usage, webhook }).flatMap(([router, record]) =>
    Object.entries(record).map(([name, { _def }]) => `${_def.type} ${router}.${name}`),
  );
  const expected = rows.filter(([, { procedure }]) => procedure !== null);
  expect(procedures.sort()).toEqual(expected.map(([, { kind, procedure }]) => `${kind} ${procedure}`).sort());
});

test('OpenAPI has each operation at its route, under its name', () => {
  const { paths } = createOpenApiDocument();
  // A stream is another form of its route's answer.
  for (const [name, { route }] of rows.filter(([, { kind }]) => kind !== 'subscription')) {
    const [method = '', path = ''] = route.split(' ');
    const operation = Object.entries(paths[path] ?? {}).find(([verb]) => verb === method.toLowerCase());
    expect(operation?.[1], route).toMatchObject({ operationId: name });
  }
});

test('OpenAPI tells of the 400 by which each route refuses what it does not know', () => {
  for (const path of Object.values(createOpenApiDocument().paths)) {
    for (const { operationId, responses } of Object.values(path)) {
      expect([operationId, '400' in responses]).toEqual([operationId, true]);
    }
  }
});
