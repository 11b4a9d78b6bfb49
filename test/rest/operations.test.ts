import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { nameOperations } from '../../src/rest/operations.ts';

/** A route of the REST transport, mounted where its names are given. */
async function mount(method: string, url: string): Promise<void> {
  await using app = Fastify();
  app.register(async (rest) => {
    nameOperations(rest);
    rest.route({ method, url, handler: () => null });
  });
  await app.ready();
}

test('a route that has no name for the log and the metrics cannot be mounted', async () => {
  await expect(mount('POST', '/v1/resources/archive')).rejects.toThrow('POST /v1/resources/archive has no row');
  await expect(mount('PUT', '/v1/resources/:id')).rejects.toThrow('PUT /v1/resources/:id has no row');
  await mount('GET', '/v1/resources/:id');
});
