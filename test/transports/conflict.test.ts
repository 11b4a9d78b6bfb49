import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { KEYED_TRANSPORTS, type KeyedTransport, send } from '../support/transports/keyed-requests.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const createInput = () => ({ name: randomUUID(), directoryPath: '/', content: 'data:text/plain;base64,SGVsbG8=' });
const targetOf = async (scope = 'resources:read resources:write') => ({
  url: gateway.url,
  token: await gateway.token({ scope }),
  key: null,
});

describe.each(KEYED_TRANSPORTS)('a conflict in $name', (transport: KeyedTransport) => {
  test('names the existing resource to a caller who may read it', async () => {
    const input = createInput();
    const first = await send(transport, input, await targetOf());
    const second = await send(transport, input, await targetOf());
    expect(second.message).toContain(`(id ${first.resource?.id})`);
    expect(second.headers.get('x-error-code')).toBe(transport.name === 'REST' ? 'conflict' : null);
    expect(second.headers.get('location')).toBe(
      transport.name === 'REST' ? `/v1/resources/${first.resource?.id}` : null,
    );
  });

  test('tells nothing of it to a caller who may only write', async () => {
    const input = createInput();
    const first = await send(transport, input, await targetOf());
    const second = await send(transport, input, await targetOf('resources:write'));
    expect(second.message).toMatch(/already exists/);
    expect(second.message).not.toContain(first.resource?.id);
    expect(second.headers.get('location')).toBeNull();
  });
});

test('a conflict has its resource as data in GraphQL and tRPC, for a caller who may read it', async () => {
  const input = createInput();
  const [rest, graphql, trpc] = KEYED_TRANSPORTS as [KeyedTransport, KeyedTransport, KeyedTransport];
  const { resource } = await send(rest, input, await targetOf());
  const post = async ({ path, toBody }: KeyedTransport, scope?: string) => {
    const { token } = await targetOf(scope);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    return await (
      await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(toBody(input)) })
    ).json();
  };
  expect((await post(graphql)).errors[0].extensions).toEqual({
    code: 'CONFLICT',
    reason: 'conflict',
    resourceId: resource?.id,
  });
  expect((await post(graphql, 'resources:write')).errors[0].extensions).toEqual({
    code: 'CONFLICT',
    reason: 'conflict',
  });
  expect((await post(trpc)).error.data).toMatchObject({ reason: 'conflict', resourceId: resource?.id });
  expect((await post(trpc, 'resources:write')).error.data).not.toHaveProperty('resourceId');
});
