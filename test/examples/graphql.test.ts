import { expect, test } from 'vitest';
import { openExample } from '../support/examples/example-project.ts';
import { startGateway } from '../support/gateway.ts';

test('a GraphQL client with nothing but fetch compiles strictly and talks to a gateway', async () => {
  await using project = await openExample('graphql');
  expect(await project.compile()).toBe('');
  await using gateway = await startGateway();
  expect(await project.run(gateway.url, await gateway.token())).toEqual([
    ['uploaded', 'uploaded.txt', 11],
    ['created', 'inline.txt', 5],
    ['downloaded', 'Hello'],
    ['listed', ['inline.txt', 'uploaded.txt']],
    ['refused', 'CONFLICT', true],
  ]);
});
