// The REST route that creates many: content streams out of each item while the body arrives.
import type { FastifyInstance } from 'fastify';
import { openCaller } from '../http/caller.ts';
import { createManyInput, readItems, toOutcomeEvent, toRestOutcome } from '../schema/create-many.ts';
import { createResourceInput, toCreateResourceInput } from '../schema/create-resource.ts';
import { parseInput, parseRestInput } from '../schema/parse-input.ts';
import { jsonOnly } from './json-only.ts';
import type { RestOptions } from './mount.ts';

/** Where content stands in a body. */
const isContent = (path: readonly (string | number)[]) =>
  path.length === 3 && path[0] === 'items' && path[2] === 'content';

/** Mounts `POST /v1/resources/batch`. */
export function mountBatch(
  rest: FastifyInstance,
  { resources, authenticate, readBody }: Omit<RestOptions, 'originOf'>,
): void {
  rest.post('/v1/resources/batch', async (request, reply) => {
    const caller = await openCaller({ request, reply }, authenticate);
    await using body = await readBody(
      { request, reply },
      jsonOnly({ isContent, stageText: (text) => resources.stageDataUri(text, caller), signal: caller.signal }),
    );
    const { items } = parseInput(createManyInput, body.value);
    const inputs = readItems(items, (item) =>
      toCreateResourceInput(parseRestInput(createResourceInput, item), body.lifted),
    );
    const outcomes = await resources.createMany(inputs, caller);
    Object.assign(request.event, toOutcomeEvent(outcomes));
    return { items: outcomes.map(toRestOutcome) };
  });
}
