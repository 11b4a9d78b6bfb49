// The GraphQL operations, each a translation of one domain call.
import type { GraphQLSchema } from 'graphql';
import { createGraphqlTypes } from '../../schema/graphql/types.ts';
import type { CallContext } from '../call-context.ts';
import { addChanges } from './change.ts';
import { addCreates } from './create.ts';
import { addDownloadFields } from './download.ts';
import { addEvents } from './events.ts';
import { addReads } from './find.ts';
import { addTrash } from './trash.ts';
import { addUploads } from './uploads.ts';
import { addUsage } from './usage.ts';
import { addVersions } from './versions.ts';
import { addWebhooks } from './webhooks.ts';

/** The executable schema. */
export function createGraphqlSchema(): GraphQLSchema {
  const builder = createGraphqlTypes<CallContext>();

  builder.queryType({
    description: 'What can be found; everything keeps to the account of your token.',
  });

  builder.mutationType({
    description: 'What can be stored, changed and deleted; everything keeps to the account of your token.',
  });

  builder.subscriptionType({
    description: 'What is told as it happens, as server-sent events; everything keeps to the account of your token.',
  });

  addCreates(builder);
  addReads(builder);
  addDownloadFields(builder);
  addChanges(builder);
  addUploads(builder);
  addVersions(builder);
  addTrash(builder);
  addEvents(builder);
  addUsage(builder);
  addWebhooks(builder);

  return builder.toSchema();
}
