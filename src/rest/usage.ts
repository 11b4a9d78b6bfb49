// The REST route that tells what an account uses.
import type { FastifyInstance } from 'fastify';
import type { Transport } from '../http/transport.ts';
import { toPublicUsage } from '../schema/usage.ts';
import { createRoute } from './route.ts';

/** Mounts `GET /v1/usage`. */
export function mountUsage(rest: FastifyInstance, transport: Transport): void {
  const route = createRoute(rest, transport);
  route('usage', async ({ caller }) => toPublicUsage(await transport.operations.usage({}, caller)));
}
