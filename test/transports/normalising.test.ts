// Normalising takes time in the square of a run of combining marks: no operation, in no transport, may begin it on a text
// whose length has not been judged.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BATCH_TRANSPORTS } from '../support/transports/batch-transports.ts';
import { CHANGE_TRANSPORTS } from '../support/transports/change-transports.ts';
import { FIND_TRANSPORTS } from '../support/transports/find-transports.ts';
import { FORM_TRANSPORTS } from '../support/transports/form-transports.ts';
import { MARKS, MARKS_IN_URL } from '../support/transports/marks.ts';
import { TRANSPORTS } from '../support/transports/transports.ts';

/** Four characters for each of the 255 that a name may have, of two UTF-16 units each. */
const MAX_NORMALISED_LENGTH = 4 * 255 * 2;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => void vi.spyOn(String.prototype, 'normalize'));
afterEach(() => vi.restoreAllMocks());

const longestNormalised = () =>
  Math.max(0, ...vi.mocked(String.prototype.normalize).mock.contexts.map((text) => String(text).length));

const openTarget = async () => ({ url: gateway.url, token: await gateway.token() });
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

test.each([...TRANSPORTS, ...FORM_TRANSPORTS, ...BATCH_TRANSPORTS])('$name, creating', async (transport) => {
  const target = await openTarget();
  const base = { name: 'a', directoryPath: '/', content: 'data:text/plain;base64,SGVsbG8=' };
  for (const input of [{ name: MARKS }, { directoryPath: `/${MARKS}` }]) {
    expect((await transport.create({ ...base, ...input }, target)).kind).toBe('bad_request');
  }
  expect(longestNormalised()).toBeLessThanOrEqual(MAX_NORMALISED_LENGTH);
});

test.each(FIND_TRANSPORTS)('$name, finding', async (transport) => {
  const target = await openTarget();
  const answers = [
    await transport.find('byPath', { directoryPath: '/', name: MARKS_IN_URL }, target),
    await transport.find('byPath', { directoryPath: MARKS_IN_URL, name: 'a' }, target),
    await transport.find('list', { directoryPath: MARKS_IN_URL }, target),
    await transport.find('list', { namePrefix: MARKS_IN_URL }, target),
    await transport.find('directory', { path: MARKS_IN_URL }, target),
  ];
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['bad_request']));
  expect(longestNormalised()).toBeLessThanOrEqual(MAX_NORMALISED_LENGTH);
});

test.each(CHANGE_TRANSPORTS)('$name, changing', async (transport) => {
  const target = await openTarget();
  const answers = [
    await transport.call('update', { id: ID, name: MARKS }, target),
    await transport.call('update', { id: ID, directoryPath: MARKS }, target),
    await transport.call('moveDirectory', { from: MARKS, to: '/b' }, target),
    await transport.call('moveDirectory', { from: '/a', to: MARKS }, target),
    await transport.call('deleteDirectory', { path: MARKS_IN_URL }, target),
  ];
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['bad_request']));
  expect(longestNormalised()).toBeLessThanOrEqual(MAX_NORMALISED_LENGTH);
});

test("GraphQL, finding with variables, which an address's length does not bound", async () => {
  const { url, token } = await openTarget();
  const query = `query ($text: String!) {
    a: resourceByPath(directoryPath: "/", name: $text) { id } b: resourceByPath(directoryPath: $text, name: "a") { id }
    c: directory(path: $text) { path } d: resources(filter: { namePrefix: $text }) { totalCount }
    e: resources(filter: { directoryPath: $text }) { totalCount } }`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { text: MARKS } }),
  });
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_REQUEST']));
  expect(longestNormalised()).toBeLessThanOrEqual(MAX_NORMALISED_LENGTH);
});
