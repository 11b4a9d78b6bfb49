import fc from 'fast-check';
import {
  type ExecutionResult,
  execute,
  GraphQLEnumType,
  type GraphQLFieldConfigMap,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from 'graphql';
import { expect, test } from 'vitest';
import { executePlainly } from '../../../src/resolvers/graphql/executor.ts';

const Json = new GraphQLScalarType({ name: 'JSON' });
const Colour = new GraphQLEnumType({ name: 'Colour', values: { RED: { value: 'red' }, BLUE: { value: 'blue' } } });
const Named = new GraphQLInterfaceType({
  name: 'Named',
  fields: { text: { type: GraphQLString } },
  resolveType: ({ kind }: Source) => String(kind),
});

const LEAVES = { text: GraphQLString, count: GraphQLInt, json: Json, colour: Colour } as const;
const SCALARS = Object.keys(LEAVES).flatMap((name) => [name, `${name}OrFail`]);
const LISTS = ['texts', 'textsOrFail', 'counts'];
const OBJECTS = ['inner', 'innerOrFail', 'items', 'itemsOrFail', 'named'];

/** Nullable and not, of every kind that the executor tells apart. */
function toFields(): GraphQLFieldConfigMap<Source, Context> {
  const both = (name: string, type: GraphQLOutputType & { readonly ofType?: undefined }) => ({
    [name]: { type },
    [`${name}OrFail`]: { type: new GraphQLNonNull(type) },
  });
  return {
    ...Object.assign({}, ...Object.entries(LEAVES).map(([name, type]) => both(name, type as never))),
    ...both('texts', new GraphQLList(GraphQLString) as never),
    counts: { type: new GraphQLList(GraphQLInt) },
    ...both('inner', Inner as never),
    ...both('items', new GraphQLList(new GraphQLNonNull(Inner)) as never),
    named: { type: new GraphQLList(Named) },
    shown: { type: Json, extensions: { isPlain: true }, resolve: ({ kind }, _args, context) => context.show(kind) },
    told: { type: GraphQLString, args: { of: { type: GraphQLString } }, resolve: (_source, { of }) => of ?? 'nothing' },
  };
}

type Source = { readonly [name: string]: unknown };
type Context = { show(value: unknown): unknown };

const Inner: GraphQLObjectType<Source, Context> = new GraphQLObjectType({
  name: 'Inner',
  interfaces: [Named],
  fields: toFields,
});
const Other = new GraphQLObjectType<Source, Context>({
  name: 'Other',
  interfaces: [Named],
  fields: {
    text: { type: GraphQLString, resolve: ({ text }) => `other ${String(text)}` },
    count: { type: GraphQLInt },
  },
});
const schema = new GraphQLSchema({
  types: [Other],
  query: new GraphQLObjectType({ name: 'Query', fields: { root: { type: Inner } } }),
});

/** Made anew for each execution, so that neither waits for the other's promises. */
type Make = () => unknown;
const fails = (message: string): never => {
  throw new Error(message);
};
/** Nobody may ask for it; what is made of it must be heard. */
function rejects(message: string): Promise<never> {
  const rejected = Promise.reject(new Error(message));
  rejected.catch(() => {});
  return rejected;
}
const ODD: readonly Make[] = [
  () => null,
  () => undefined,
  () => new Error('a value'),
  () => Promise.resolve('later'),
  () => rejects('later'),
  () => () => 'called',
  () => () => fails('called'),
  () => ['list', null, 3],
  () => [Promise.resolve('later'), rejects('an item')],
  () => ({ text: 'an object' }),
  () => 1.5,
  () => 'red',
];
const USUAL: { readonly [name: string]: readonly Make[] } = {
  text: [() => 'a text', () => ''],
  count: [() => 0, () => 7],
  json: [() => ({ a: [1, { b: null }] }), () => false, () => 'text'],
  colour: [() => 'red', () => 'blue'],
  texts: [() => ['a', 'b'], () => []],
  counts: [() => [1, 2, 3]],
};

type Choose = <Value>(...values: readonly Value[]) => Value;

/** The same choices for the same seed; a linear congruential generator, which is enough to choose by. */
function createChoose(seed: number): Choose {
  let state = seed >>> 0;
  return (...values) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return values[Math.floor((state / 2 ** 32) * values.length)] as (typeof values)[number];
  };
}

const seldom = (choose: Choose) => choose(...Array.from({ length: 12 }, (_, at) => at === 0));

function makeSource(choose: Choose, depth: number): Make {
  const makeInner = (): Make => (depth === 0 ? () => null : makeSource(choose, depth - 1));
  const makeList = (): Make => {
    const makes = choose([], [makeInner()], [makeInner(), makeInner()]);
    return () => makes.map((make) => make());
  };
  const makes = [...SCALARS, ...LISTS, ...OBJECTS].map((name): [string, Make] => {
    if (seldom(choose)) return [name, choose(...ODD)];
    if (!OBJECTS.includes(name)) return [name, choose(...(USUAL[name.replace('OrFail', '')] ?? ODD))];
    return [name, name.startsWith('inner') ? makeInner() : makeList()];
  });
  const kind = choose('Inner', 'Inner', 'Other', 'None', null);
  return () => ({ kind, ...Object.fromEntries(makes.map(([name, make]) => [name, make()])) });
}

function makeSelection(choose: Choose, depth: number): string {
  const leaves = [...SCALARS, ...LISTS, 'shown', 'shown', '__typename', 'told', 'told(of: $text)'];
  const makeField = (): string => {
    const when = choose('', '', '', ' @skip(if: $yes)', ' @include(if: $yes)', ' @skip(if: false)');
    if (depth > 0 && choose(true, false, false)) {
      const field = choose('inner', 'innerOrFail', 'items', 'itemsOrFail', 'a: inner', 'a: items');
      return `${field}${when} { ${makeSelection(choose, depth - 1)} }`;
    }
    const other = ['...Some', '... on Inner { count }', 'named { text __typename ... on Other { count } ...Some }'];
    if (seldom(choose)) return choose(...other);
    const alias = choose('', '', '', 'then: ', '__proto__: ', 'toJSON: ', 'text: ', 'constructor: ');
    return alias + choose(...leaves) + when;
  };
  return Array.from({ length: choose(1, 2, 4, 6) }, makeField).join(' ');
}

/** Counts, as the domain does, and refuses for good beyond its bound. */
function createContext(): Context {
  let shown = 0;
  return {
    show(value) {
      shown += 1;
      return shown > 4 ? fails('too much') : value;
    },
  };
}

const toText = ({ data, errors }: ExecutionResult) =>
  JSON.stringify({ data, errors: errors?.map((error) => error.toJSON()) });

test('what is read directly is what graphql-js answers, its errors and their places among it', async () => {
  const seen = { errors: 0, nulled: 0, values: 0 };
  const answers = fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, yes) => {
    const choose = createChoose(seed);
    const make = makeSource(choose, 2);
    const selected = makeSelection(choose, 3);
    const text = `query ($yes: Boolean!, $text: String) { root { ${selected} } }
      fragment Some on Inner { text inner { texts count } json @include(if: $yes) }`;
    const ask = { schema, document: parse(text), variableValues: { yes, text: 'given' } };
    const [ours, theirs] = await Promise.all(
      [executePlainly, execute].map((run) =>
        run({ ...ask, rootValue: { root: make() }, contextValue: createContext() }),
      ),
    );
    expect(toText(ours as ExecutionResult)).toBe(toText(theirs as ExecutionResult));
    const { data, errors } = theirs as ExecutionResult;
    if (errors !== undefined) seen.errors += 1;
    else seen.values += 1;
    if (data?.root === null) seen.nulled += 1;
  });
  await fc.assert(answers, { numRuns: 1_000 });
  // Each of these ways has been gone.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
});

test('a document without the operation that is asked for is answered with an error alone', async () => {
  const document = parse('query A { root { text } } query B { root { text } }');
  for (const operationName of [undefined, 'C']) {
    const { data, errors } = await executePlainly({ schema, document, operationName });
    expect([data, errors?.length]).toEqual([undefined, 1]);
  }
});
