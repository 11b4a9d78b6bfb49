import { buildSchema, isObjectType, type OperationDefinitionNode, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createMeasure } from '../../../src/resolvers/graphql/measure.ts';

const schema = buildSchema(`
  type Query { one: Item many(first: Int): Page some(ids: [ID!]!): [Item] }
  type Mutation { make(name: String): Item }
  type Page { items: [Item] total: Int }
  type Item { id: ID part: Item many(first: Int): Page }
`);

function measure(text: string) {
  const document = parse(text);
  return createMeasure(schema, document)(document.definitions[0] as OperationDefinitionNode);
}

test.each([
  ['a call costs 100 more than a field', '{ one { id } }', 102],
  ['every call counts', 'mutation { a: make { id } b: make { id } }', 204],
  ['a page counts as many items as its literal says', '{ many(first: 3) { items { id } } }', 101 + 3 * 2],
  ['a page counts 50 items without one', '{ many { items { id } } }', 101 + 50 * 2],
  ['a page counts 200 items for a variable', 'query($n: Int) { many(first: $n) { items { id } } }', 101 + 200 * 2],
  ['a page never counts more than can be had', '{ many(first: 100000) { items { id } } }', 101 + 200 * 2],
  ['a negative page counts as one item', '{ many(first: -5) { items { id } } }', 101 + 2],
  ['pages inside pages multiply', '{ many(first: 9) { items { many(first: 7) { items { id } } } } }', 101 + 9 * 16],
  ['a fragment counts where it is spread', '{ ...f ...f } fragment f on Query { one { id } }', 204],
  ['an inline fragment counts as what it holds', '{ ... on Query { one { id } } ... { one { id } } }', 204],
])('%s', (_says, text, cost) => {
  expect(measure(text).cost).toBe(cost);
});

test('a field may cost more than others', () => {
  const [item] = [schema.getType('Item')].filter(isObjectType);
  const { id } = item?.getFields() ?? {};
  if (id === undefined) throw new Error('the schema has no such field');
  const { cost: _none, ...before } = id.extensions;
  id.extensions = { ...before, cost: 20 };
  expect(measure('{ many(first: 10) { items { id } } }').cost).toBe(101 + 10 * 21);
  id.extensions = before;
});

test('depth and aliases are counted with fragments spread out', () => {
  const text = '{ x: one { ...f } y: one { ...f } } fragment f on Item { p: part { part { id } } }';
  expect(measure(text)).toMatchObject({ depth: 4, aliases: 4 });
});

test('a fragment that holds itself ends the counting', () => {
  expect(measure('{ ...f } fragment f on Query { one { id } ...f }').cost).toBe(102);
});

test('a bomb of two hundred fragments is sized at once, as a number out of reach', () => {
  const bomb = Array.from({ length: 200 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(
    '\n',
  );
  expect(measure(`{ ...f0 } ${bomb} fragment f200 on Query { one { id } }`).cost).toBeGreaterThan(2 ** 200);
});

test('fields that do not exist cost no more than themselves', () => {
  expect(measure('{ nothing { neither(first: 5) { this } } }').cost).toBe(103);
});

test('what a page has once is counted once, and for each item of a list around the page', () => {
  const [page] = [schema.getType('Page')].filter(isObjectType);
  const { total } = page?.getFields() ?? {};
  if (total === undefined) throw new Error('the schema has no such field');
  total.extensions = { cost: 30, isOncePerPage: true };
  expect(measure('{ many(first: 10) { items { id } total } }').cost).toBe(101 + 10 * 2 + 30);
  expect(measure('{ many(first: 9) { items { many(first: 7) { total } } } }').cost).toBe(101 + 9 * (1 + 1 + 30));
  total.extensions = {};
});

test('a list of ids counts as many items as it has, each of which may cost more', () => {
  const [query] = [schema.getQueryType()].filter(isObjectType);
  const { some } = query?.getFields() ?? {};
  if (some === undefined) throw new Error('the schema has no such field');
  some.extensions = { itemsOf: 'ids', maxItems: 100, itemCost: 10 };
  expect(measure('{ some(ids: ["a", "b", "c"]) { id } }').cost).toBe(101 + 3 * 11);
  expect(measure('query($ids: [ID!]!) { some(ids: $ids) { id } }').cost).toBe(101 + 100 * 11);
  some.extensions = {};
});
