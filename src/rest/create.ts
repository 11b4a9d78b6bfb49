// REST routes that create, one or many: content streams out of the body while it arrives.
import type { FastifyInstance } from 'fastify';
import { openCaller } from '../http/caller.ts';
import { createIgnoredFields } from '../http/ignored-fields.ts';
import type { Transport } from '../http/transport.ts';
import { createForm } from '../schema/create-form.ts';
import { createManyInput, readItems, toOutcomeEvent, toRestOutcome } from '../schema/create-many.ts';
import { createResourceInput, toCreateResourceInput } from '../schema/create-resource.ts';
import { parseInput, parseRestInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import { toIfMatch } from './expected-version.ts';

type Path = readonly (string | number)[];

/** Where content stands in the body of one create, and of many. */
const isContent = (path: Path) => path.length === 1 && path[0] === 'content';
const isItemContent = (path: Path) => path.length === 3 && path[0] === 'items' && path[2] === 'content';

/** Mounts `POST /v1/resources` and `POST /v1/resources/batch`. */
export function mountCreates(rest: FastifyInstance, { operations, authenticate, readBody }: Transport): void {
  rest.post('/v1/resources', async (request, reply) => {
    await using caller = await operations.open(await openCaller({ request, reply }, authenticate));
    await using body = await readBody({ request, reply }, { caller, isContent, form: createForm });
    const ignored = createIgnoredFields();
    for (const name of Object.keys(request.query as object)) ignored.add(name);
    // The contract's schema allows more in JSON than it names; a form is ours alone.
    const input = parseRestInput(createResourceInput, body.value, body.isForm ? undefined : ignored.add);
    const header = ignored.header();
    if (header !== null) reply.header('ignored-fields', header);
    const ifMatch = toIfMatch(request, input.ifMatch);
    const wanted = toCreateResourceInput({ ...input, ifMatch }, body.streamed);
    const { resource, result, isReplay } = await operations.createResource(wanted, caller);
    reply.header('resource-outcome', result);
    if (isReplay) reply.header('idempotency-replayed', 'true');
    Object.assign(request.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
    return toRestResource(resource);
  });

  rest.post('/v1/resources/batch', async (request, reply) => {
    const caller = await openCaller({ request, reply }, authenticate);
    await using body = await readBody({ request, reply }, { caller, isContent: isItemContent });
    const { items } = parseInput(createManyInput, body.value);
    const inputs = readItems(items, (item) =>
      toCreateResourceInput(parseRestInput(createResourceInput, item), body.streamed),
    );
    const outcomes = await operations.createResources(inputs, caller);
    Object.assign(request.event, toOutcomeEvent(outcomes));
    return { items: outcomes.map(toRestOutcome) };
  });
}
