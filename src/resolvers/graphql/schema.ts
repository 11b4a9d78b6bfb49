// The GraphQL operations, each a translation of one domain call.
import type { GraphQLSchema } from 'graphql';
import { GatewayError } from '../../domain/errors.ts';
import { createResourceInput, toCreateResourceInput } from '../../schema/create-resource.ts';
import { createGraphqlTypes } from '../../schema/graphql/types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import { toPublicResource } from '../../schema/resource.ts';
import type { CallContext } from '../call-context.ts';
import { addChanges } from './change.ts';
import { addDownloadFields } from './download.ts';
import { addReads } from './find.ts';
import { withUpload } from './upload.ts';

/** The executable schema. */
export function createGraphqlSchema(): GraphQLSchema {
  const builder = createGraphqlTypes<CallContext>();

  builder.queryType({
    description: 'What can be found; everything keeps to the account of your token.',
    fields: (t) => ({
      resource: t.field({
        type: 'Resource',
        nullable: true,
        description: 'The resource with this id in your account. Needs the scope `resources:read`.',
        args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
        resolve: async (_root, { id }, { operations, caller, event }) => {
          event.operation = 'resource';
          return toPublicResource(await operations.resource(id, caller));
        },
      }),
      node: t.field({
        type: 'Node',
        nullable: true,
        description: 'The same by its id alone; null when your account has none. Needs the scope `resources:read`.',
        args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
        resolve: async (_root, { id }, { operations, caller, event }) => {
          event.operation = 'node';
          try {
            return toPublicResource(await operations.resource(id, caller));
          } catch (thrown) {
            // Relay asks for what may be gone, and expects null then.
            if (thrown instanceof GatewayError && thrown.code === 'not_found') return null;
            throw thrown;
          }
        },
      }),
    }),
  });

  builder.mutationType({
    description: 'What can be stored, changed and deleted; everything keeps to the account of your token.',
    fields: (t) => ({
      createResource: t.field({
        type: 'Resource',
        description: 'Stores a file and describes it. Needs the scope `resources:write`.',
        args: { input: t.arg({ type: 'CreateResourceInput', required: true, description: 'The file.' }) },
        resolve: async (_root, args, { operations, caller, lifted, event, markReplayed }) => {
          event.operation = 'createResource';
          const input = parseInput(createResourceInput, withUpload(args.input, lifted));
          const { resource, isReplay } = await operations.createResource(toCreateResourceInput(input, lifted), caller);
          if (isReplay) markReplayed();
          Object.assign(event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
          return toPublicResource(resource);
        },
      }),
    }),
  });

  addReads(builder);
  addDownloadFields(builder);
  addChanges(builder);

  return builder.toSchema();
}
