// The REST transport: each route translates one operation.
import type { FastifyInstance } from 'fastify';
import type { Transport } from '../http/transport.ts';
import { mountChanges } from './change.ts';
import { mountCreates } from './create.ts';
import { mountContent, mountDownloadUrl } from './download.ts';
import { answerError } from './errors.ts';
import { mountEvents } from './events.ts';
import { mountReads } from './find.ts';
import { requireKnownQuery } from './known-query.ts';
import { requireNoBody } from './no-body.ts';
import { requireFollowedCondition } from './no-condition.ts';
import { nameOperations } from './operations.ts';
import { mountTrash } from './trash.ts';
import { mountUploads } from './uploads.ts';
import { mountUsage } from './usage.ts';
import { mountVersions } from './versions.ts';
import { mountWebhooks } from './webhooks.ts';

/** Mounts everything below `/v1`. */
export function mountRest(app: FastifyInstance, transport: Transport): void {
  app.register(async (rest) => {
    rest.setErrorHandler(answerError);
    nameOperations(rest);
    requireKnownQuery(rest, transport.authenticate);
    requireFollowedCondition(rest, transport.authenticate);
    requireNoBody(rest, transport);
    mountReads(rest, transport);
    mountCreates(rest, transport);
    mountChanges(rest, transport);
    mountContent(rest, transport);
    mountDownloadUrl(rest, transport);
    mountUploads(rest, transport);
    mountVersions(rest, transport);
    mountTrash(rest, transport);
    mountEvents(rest, transport);
    mountUsage(rest, transport);
    mountWebhooks(rest, transport);
  });
}
