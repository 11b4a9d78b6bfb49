import { expect, test } from 'vitest';
import { openExample } from '../support/examples/example-project.ts';
import { startGateway } from '../support/gateway.ts';

test('a receiver of webhooks compiles strictly, and verifies what a gateway sends it', async () => {
  await using project = await openExample('webhook-receiver', { packages: ['@types/node', 'standardwebhooks'] });
  expect(await project.compile()).toBe('');
  await using gateway = await startGateway({ URI_ALLOW_HOSTS: '127.0.0.1' });
  expect(await project.run(gateway.url, await gateway.token())).toEqual([['resource.created', 'told.txt']]);
});
