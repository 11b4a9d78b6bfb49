import { expect, test } from 'vitest';
import { createConsumerProject } from '../support/examples/consumer-project.ts';
import { startGateway } from '../support/gateway.ts';

test('a strict project of somebody else compiles against our types and talks to a gateway', async () => {
  await using project = await createConsumerProject();
  expect(await project.compile()).toBe('');
  await using gateway = await startGateway();
  const lines = await project.run(gateway.url, await gateway.token());
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    ['consumer-single.txt', 5, { from: ['a', 'consumer'] }],
    ['consumer-batched.txt', 5, { from: ['a', 'consumer'] }],
  ]);
});
