import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverAudits } from '../../tools/suite/index.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let token: string;
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const audits = serverAudits({
  url: () => `${gateway.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) =>
    fetch(url, {
      ...init,
      headers: { ...(init.headers as { [name: string]: string }), authorization: `Bearer ${token}` },
    }),
});

describe('GraphQL over HTTP', () => {
  test.each(audits.filter(({ name }) => name.startsWith('MUST')))('$name', async (audit) => {
    expect(await audit.fn()).toMatchObject({ status: 'ok' });
  });

  test('passes every SHOULD as well, but for none', async () => {
    const shoulds = audits.filter(({ name }) => name.startsWith('SHOULD'));
    const results = await Promise.all(shoulds.map(async ({ name, fn }) => ({ name, status: (await fn()).status })));
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
  });
});
