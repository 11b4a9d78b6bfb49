// The REST tongue: the contract's routes, each a translation of one domain call.
import type { FastifyInstance } from 'fastify';
import type { Resources } from '../domain/resources.ts';
import { type Authenticate, openCaller } from '../http/caller.ts';
import type { ReadBody } from '../http/request-body.ts';
import { restCreateResourceInput, toCreateResourceInput } from '../schema/create-resource.ts';
import { fromCreateForm } from '../schema/form.ts';
import { parseInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import { mountBatch } from './batch-route.ts';
import { mountChanges } from './change-routes.ts';
import { mountContent } from './content-route.ts';
import { answerError } from './errors.ts';
import { nameOperations } from './operations.ts';
import { mountReads } from './read-routes.ts';

export type RestOptions = {
  readonly resources: Resources;
  readonly authenticate: Authenticate;
  readonly readBody: ReadBody;
};

/** Where content stands in a body. */
const isContent = (path: readonly (string | number)[]) => path.length === 1 && path[0] === 'content';

/** Mounts `POST /v1/resources`. */
export function mountRest(app: FastifyInstance, { resources, authenticate, readBody }: RestOptions): void {
  app.register(async (rest) => {
    rest.setErrorHandler(answerError);
    nameOperations(rest);
    mountReads(rest, { resources, authenticate });
    mountChanges(rest, { resources, authenticate, readBody });
    mountBatch(rest, { resources, authenticate, readBody });
    mountContent(rest, { resources, authenticate });

    rest.post('/v1/resources', async (request, reply) => {
      await using caller = await resources.open(await openCaller({ request, reply }, authenticate));
      await using body = await readBody(
        { request, reply },
        {
          isContent,
          inlineBytes: null,
          stageText: (text) => resources.stageDataUri(text, caller),
          stageFile: (bytes, part) => resources.stageBytes(bytes, part, caller),
          fromForm: fromCreateForm,
          signal: caller.signal,
        },
      );
      const {
        directory_path: directoryPath,
        expected_sha256: expectedSha256,
        ...input
      } = parseInput(restCreateResourceInput, body.value);
      const wanted = toCreateResourceInput({ ...input, directoryPath, expectedSha256 }, body.lifted);
      const { resource, isReplay } = await resources.create(wanted, caller);
      if (isReplay) reply.header('idempotency-replayed', 'true');
      Object.assign(request.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
      return toRestResource(resource);
    });
  });
}
