import { expect, test } from 'vitest';
import { openExample, TRPC_PACKAGES } from '../support/examples/example-project.ts';
import { startGateway } from '../support/gateway.ts';

test('clients of each transport compile strictly, and are told of the same event with the same cursor', async () => {
  await using project = await openExample('events', { packages: [...TRPC_PACKAGES, 'eventsource', 'graphql-sse'] });
  expect(await project.compile()).toBe('');
  await using gateway = await startGateway();
  const created = ['resource.created', true];
  expect(await project.run(gateway.url, await gateway.token())).toEqual([
    [created, created, created],
    ['cursors', 1],
  ]);
});
