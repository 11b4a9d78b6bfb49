// The REST route that tells what an account uses.
import type { FastifyInstance } from 'fastify';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { toPublicUsage } from '../schema/usage.ts';

/** Mounts `GET /v1/usage`. */
export function mountUsage(rest: FastifyInstance, { operations, authenticate }: Transport): void {
  rest.get('/v1/usage', async (request, reply) => {
    const caller = await openCaller({ request, reply }, authenticate);
    return toPublicUsage(await operations.usage({}, caller));
  });
}
