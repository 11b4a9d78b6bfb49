// Refuses what a body says where none is taken: a condition that stands there, such as `if_match`, would hold nothing back.
import type { FastifyInstance, preHandlerAsyncHookHandler } from 'fastify';
import { malformedRequest } from '../domain/errors.ts';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { hasBody } from '../http/unread-body.ts';
import { OPERATIONS as DESCRIBED } from '../schema/openapi/document.ts';
import { OPERATIONS } from '../schema/operations.ts';
import { unknownKey } from '../schema/unknown-keys.ts';

/**
 * Judges the bodies of every described route that changes something and takes none, once the token has been judged. Nothing at
 * all may be said as `{}` or `null` too, as many clients do.
 */
export function requireNoBody(rest: FastifyInstance, { authenticate, readBody }: Transport): void {
  const bodiless = new Set<string>(
    DESCRIBED.filter(({ body, form, bytes }) => (body ?? form ?? bytes) === undefined).map(
      ({ name }) => OPERATIONS[name].route,
    ),
  );
  const judge: preHandlerAsyncHookHandler = async (request, reply) => {
    if (!hasBody(request)) return;
    const caller = await openCaller({ request, reply }, authenticate);
    await using body = await readBody({ request, reply }, { caller });
    const { value } = body;
    if (typeof value !== 'object' || Array.isArray(value)) throw malformedRequest('no body is taken here; send none');
    const [unknown] = Object.keys(value ?? {});
    if (unknown !== undefined) throw unknownKey(unknown, []);
  };
  rest.addHook('onRoute', (route) => {
    const [method = 'GET'] = [route.method].flat();
    if (method === 'GET' || !bodiless.has(`${method} ${route.url.replace(/:(\w+)/g, '{$1}')}`)) return;
    route.preHandler = [...[route.preHandler ?? []].flat(), judge];
  });
}
