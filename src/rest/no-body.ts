// Refuses what a body says where none is taken: a condition that stands there, such as `if_match`, would hold nothing back.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { malformedRequest } from '../domain/errors.ts';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { hasBody } from '../http/unread-body.ts';
import { unknownKey } from '../schema/unknown-keys.ts';
import { judgeRoutes } from './judged-routes.ts';

/**
 * Judges the bodies of every described route that changes something and takes none, once the token has been judged. Nothing at
 * all may be said as `{}` or `null` too, as many clients do.
 */
export function requireNoBody(rest: FastifyInstance, { authenticate, readBody }: Transport): void {
  async function judge(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const caller = await openCaller({ request, reply }, authenticate);
    await using body = await readBody({ request, reply }, { caller });
    const { value } = body;
    if (typeof value !== 'object' || Array.isArray(value)) throw malformedRequest('no body is taken here; send none');
    const [unknown] = Object.keys(value ?? {});
    if (unknown !== undefined) throw unknownKey(unknown, []);
  }
  judgeRoutes(rest, ({ body, form, bytes }, route) => {
    if (route.startsWith('GET ') || (body ?? form ?? bytes) !== undefined) return null;
    return (request, reply, done) => {
      if (!hasBody(request)) return done();
      judge(request, reply).then(() => done(), done);
    };
  });
}
