import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createShortWay } from '../../../src/resolvers/graphql/short-way.ts';

const schema = buildSchema('type Query { a(of: Int): String } type Subscription { b: String }');
const BOUNDS = { maxEntries: 2, maxDocumentChars: 100 };

test('a document is executed on the short way when it has been found valid, and its request is as usual', async () => {
  const shortWay = createShortWay(schema, BOUNDS);
  const query = 'query A($of: Int) { a(of: $of) }';
  const document = parse(query);
  expect(shortWay.findDocument({ query })).toBe(null);
  shortWay.learnDocument(query, document);
  for (const usual of [{}, { variables: { of: 1 }, operationName: 'A' }, { variables: null, operationName: null }]) {
    expect(shortWay.findDocument({ query, ...usual } as never)).toBe(document);
  }
  for (const unusual of [
    { variables: { of: 'one' } },
    { variables: [] },
    { operationName: 'B' },
    { operationName: 1 },
    { extensions: {} },
    { query: 1 },
  ]) {
    expect(shortWay.findDocument({ query, ...unusual } as never)).toBe(null);
  }
  const params = { query, variables: { of: 1 } };
  const result = await shortWay.execute(document, { params, context: null });
  expect(JSON.stringify(result)).toBe('{"data":{"a":null}}');
});

test('a subscription never goes the short way', () => {
  const shortWay = createShortWay(schema, BOUNDS);
  const query = 'subscription { b }';
  shortWay.learnDocument(query, parse(query));
  expect(shortWay.findDocument({ query })).toBe(null);
});

test('the short way remembers so many documents, and none that is long', () => {
  const shortWay = createShortWay(schema, BOUNDS);
  const queries = ['{ a }', '{ b: a }', '{ c: a }', `{ a } # ${'-'.repeat(100)}`];
  for (const query of queries) shortWay.learnDocument(query, parse(query));
  expect(queries.map((query) => shortWay.findDocument({ query }) !== null)).toEqual([false, true, true, false]);
});
