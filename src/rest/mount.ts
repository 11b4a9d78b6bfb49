// The REST tongue: the contract's routes, each a translation of one domain call.
import type { FastifyInstance } from 'fastify';
import type { Resources } from '../domain/resources.ts';
import type { ReadBody } from '../http/body/request-body.ts';
import { type Authenticate, openCaller } from '../http/caller.ts';
import type { OriginOf } from '../http/origin.ts';
import { fromCreateForm } from '../schema/create-form.ts';
import { createResourceInput, toCreateResourceInput } from '../schema/create-resource.ts';
import { parseRestInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import { mountChanges } from './change.ts';
import { mountBatch } from './create.ts';
import { mountContent } from './download.ts';
import { mountDownloadUrl } from './download-url.ts';
import { answerError } from './errors.ts';
import { mountReads } from './find.ts';
import { createIgnoredFields } from './ignored-fields.ts';
import { requireKnownQuery } from './known-query.ts';
import { nameOperations } from './operations.ts';

export type RestOptions = {
  readonly resources: Resources;
  readonly authenticate: Authenticate;
  readonly readBody: ReadBody;
  readonly originOf: OriginOf;
};

/** Where content stands in a body. */
const isContent = (path: readonly (string | number)[]) => path.length === 1 && path[0] === 'content';

/** Mounts `POST /v1/resources`. */
export function mountRest(app: FastifyInstance, { resources, authenticate, readBody, originOf }: RestOptions): void {
  app.register(async (rest) => {
    rest.setErrorHandler(answerError);
    nameOperations(rest);
    requireKnownQuery(rest, authenticate);
    mountReads(rest, { resources, authenticate });
    mountChanges(rest, { resources, authenticate, readBody });
    mountBatch(rest, { resources, authenticate, readBody });
    mountContent(rest, { resources, authenticate });
    mountDownloadUrl(rest, { resources, authenticate, originOf });

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
      const ignored = createIgnoredFields();
      for (const name of Object.keys(request.query as object)) ignored.add(name);
      // The contract's schema allows more in JSON than it names; a form is ours alone.
      const input = parseRestInput(createResourceInput, body.value, body.isForm ? undefined : ignored.add);
      const header = ignored.header();
      if (header !== null) reply.header('ignored-fields', header);
      const wanted = toCreateResourceInput(input, body.lifted);
      const { resource, isReplay } = await resources.create(wanted, caller);
      if (isReplay) reply.header('idempotency-replayed', 'true');
      Object.assign(request.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
      return toRestResource(resource);
    });
  });
}
