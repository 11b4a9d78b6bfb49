import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let token: string;
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const CREATE = 'mutation($input: CreateResourceInput!) { createResource(input: $input) { name } }';
const FITTING = { name: 'a', directoryPath: '/', content: 'data:;base64,QQ==' };
const LONG = 'v'.repeat(400_000);

async function send(body: string | FormData) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/graphql-response+json',
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
    },
    body,
  });
  const text = await response.text();
  const { errors = [] } = JSON.parse(text) as { errors?: { message: string; extensions: { code: string } }[] };
  return { status: response.status, text, messages: errors.map(({ message }) => message), errors };
}

const ask = (query: string, variables: object = {}) => send(JSON.stringify({ query, variables }));

const WRONG: readonly (readonly [says: string, input: unknown, sentence: string])[] = [
  ['a misspelt field', { ...FITTING, nmae: LONG }, '$input.nmae is not a field of CreateResourceInput'],
  ['a null that may not be', { ...FITTING, name: null, uri: LONG }, '$input.name must not be null'],
  ['a number for a text', { ...FITTING, tags: [LONG, 7] }, '$input.tags[1] must be of the type String'],
  ['a list for an object', [FITTING, LONG], '$input must be an object'],
  ['no file', { ...FITTING, file: { name: LONG } }, '$input.file must be of the type Upload'],
];

test.each(WRONG)('GraphQL names %s and quotes nothing', async (_says, input, s) => {
  const { status, messages, errors } = await ask(CREATE, { input });
  expect({ status, messages }).toEqual({ status: 400, messages: [s] });
  expect(errors[0]?.extensions.code).toBe('BAD_REQUEST');
});

test('GraphQL names a field, a variable and a choice that are wrong', async () => {
  const { directoryPath: _, ...short } = FITTING;
  expect((await ask(CREATE, { input: short })).messages).toEqual(['$input.directoryPath is missing']);
  expect((await ask(CREATE)).messages).toEqual(['$input is missing']);
  expect(
    (await ask('query($by: ResourceSortKey!) { resources(sort: { by: $by }) { edges { cursor } } }', { by: LONG }))
      .messages,
  ).toEqual([expect.stringMatching(/^\$by must be one of \w+, \w+/)]);
});

test('GraphQL answers a megabyte of unknown fields with one short sentence', async () => {
  const unknown = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`x${i}`, 'v'.repeat(16_000)]));
  const { text } = await ask(CREATE, { input: { ...FITTING, ...unknown } });
  expect(text.length).toBeLessThan(1_000);
  const { messages } = await ask(CREATE, { input: { ...FITTING, ['k'.repeat(400_000)]: 1 } });
  expect(messages[0]).toMatch(/^\$input\.k{100}… is not a field/);
});

test.each([1, 3_000_000])('GraphQL tells nothing of a file of %i bytes beside a misspelt field', async (bytes) => {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: CREATE, variables: { input: { ...FITTING, f: null } } }));
  form.set('map', JSON.stringify({ 0: ['variables.input.f'] }));
  form.set('0', new Blob(['s'.repeat(bytes)]), 'f.txt');
  expect((await send(form)).messages).toEqual(['$input.f is not a field of CreateResourceInput']);
  const { content: _, ...rest } = FITTING;
  const streamed = await ask(CREATE, { input: { ...rest, f: `data:;base64,${'QUJD'.repeat(bytes)}` } });
  expect(streamed.messages).toEqual(['$input.f is not a field of CreateResourceInput']);
});

test('GraphQL refuses a wrong document with one error that quotes no literal at length', async () => {
  const fields = Array.from({ length: 60 }, (_, i) => `x${i}: "${'v'.repeat(10_000)}"`).join(' ');
  const many = await ask(`mutation { createResource(input: { ${fields} }) { id } }`);
  expect(many).toMatchObject({ status: 400, messages: [expect.any(String)] });
  const long = await ask(`{ resource(id: ["${LONG}", "b"]) { id } }`);
  expect(long).toMatchObject({ status: 400, messages: [expect.any(String)] });
  expect(many.text.length + long.text.length).toBeLessThan(2_000);
});

test('GraphQL takes variables that fit, with one value for a list and what has a default left out', async () => {
  const { messages } = await ask(CREATE, {
    input: { ...FITTING, tags: 'one', metadata: { any: [null, 1] } },
  });
  expect(messages).toEqual([]);
  expect((await ask('query($n: Int! = 1) { resources(first: $n) { edges { cursor } } }')).messages).toEqual([]);
});
