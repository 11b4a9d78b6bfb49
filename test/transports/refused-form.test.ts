import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';

test('a form with a file from a caller who may not write is refused, and the gateway lives on', async () => {
  await using gateway = await startGateway();
  const form = new FormData();
  form.set('directory_path', '/');
  form.set('file', new Blob(['x'.repeat(100_000)]), 'x');
  const token = await gateway.token({ scope: 'resources:read' });
  const response = await fetch(`${gateway.url}/v1/resources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  expect(response.status).toBe(403);
  expect(await response.json()).toEqual({ error: 'this needs a token with the scope resources:write' });
});
