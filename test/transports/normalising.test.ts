// Normalising takes time in the square of a run of combining marks: no operation, in no transport, may begin it on a text
// whose length has not been judged.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BATCH_TONGUES } from '../support/transports/batch-tongues.ts';
import { CHANGE_TONGUES } from '../support/transports/change-tongues.ts';
import { FIND_TONGUES } from '../support/transports/find-tongues.ts';
import { FORM_TONGUES } from '../support/transports/form-tongues.ts';
import { MARKS, MARKS_IN_URL } from '../support/transports/marks.ts';
import { TONGUES } from '../support/transports/tongues.ts';

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

test.each([...TONGUES, ...FORM_TONGUES, ...BATCH_TONGUES])('$name, creating', async (tongue) => {
  const target = await openTarget();
  const base = { name: 'a', directoryPath: '/', content: 'data:text/plain;base64,SGVsbG8=' };
  for (const input of [{ name: MARKS }, { directoryPath: `/${MARKS}` }]) {
    expect((await tongue.create({ ...base, ...input }, target)).kind).toBe('bad_request');
  }
  expect(longestNormalised()).toBeLessThanOrEqual(MAX_NORMALISED_LENGTH);
});

test.each(FIND_TONGUES)('$name, finding', async (tongue) => {
  const target = await openTarget();
  const answers = [
    await tongue.find('byPath', { directoryPath: '/', name: MARKS_IN_URL }, target),
    await tongue.find('byPath', { directoryPath: MARKS_IN_URL, name: 'a' }, target),
    await tongue.find('list', { directoryPath: MARKS_IN_URL }, target),
    await tongue.find('list', { namePrefix: MARKS_IN_URL }, target),
    await tongue.find('directory', { path: MARKS_IN_URL }, target),
  ];
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['bad_request']));
  expect(longestNormalised()).toBeLessThanOrEqual(MAX_NORMALISED_LENGTH);
});

test.each(CHANGE_TONGUES)('$name, changing', async (tongue) => {
  const target = await openTarget();
  const answers = [
    await tongue.call('update', { id: ID, name: MARKS }, target),
    await tongue.call('update', { id: ID, directoryPath: MARKS }, target),
    await tongue.call('moveDirectory', { from: MARKS, to: '/b' }, target),
    await tongue.call('moveDirectory', { from: '/a', to: MARKS }, target),
    await tongue.call('deleteDirectory', { path: MARKS_IN_URL }, target),
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
