import { expect, test } from 'vitest';
import { openExample, TRPC_PACKAGES } from '../support/examples/example-project.ts';
import { startGateway } from '../support/gateway.ts';

test('a strict project of somebody else compiles against our types and talks to a gateway', async () => {
  await using project = await openExample('trpc', { packages: TRPC_PACKAGES });
  expect(await project.compile()).toBe('');
  await using gateway = await startGateway();
  expect(await project.run(gateway.url, await gateway.token())).toEqual([
    ['consumer-single.txt', 5, { from: ['a', 'consumer'] }],
    ['consumer-batched.txt', 5, { from: ['a', 'consumer'] }],
  ]);
});
