// The GraphQL mutations that create, each a translation of one domain call.
import { createManyInput, readItems, toGraphqlOutcome, toOutcomeEvent } from '../../schema/create-many.ts';
import { createResourceInput, toCreateResourceInput } from '../../schema/create-resource.ts';
import { addCreateOutcome } from '../../schema/graphql/create-types.ts';
import { describeOperation } from '../../schema/graphql/descriptions.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import type { CallContext } from '../call-context.ts';
import { withUpload } from './upload.ts';

/** Adds the mutations to a builder that has a mutation type. */
export function addCreates(builder: GraphqlTypes<CallContext>): void {
  const CreateOutcome = addCreateOutcome(builder);

  builder.mutationFields((t) => ({
    createResource: t.field({
      type: 'Resource',
      description: describeOperation('createResource'),
      args: { input: t.arg({ type: 'CreateResourceInput', required: true, description: 'The file.' }) },
      resolve: async (_root, args, { operations, caller, streamed, event, markCreated }) => {
        const input = parseInput(createResourceInput, withUpload(args.input, streamed));
        const created = await operations.createResource(toCreateResourceInput(input, streamed), caller);
        markCreated(created);
        const { resource } = created;
        Object.assign(event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
        return resource;
      },
    }),
    createResources: t.field({
      type: [CreateOutcome],
      description: describeOperation('createResources'),
      args: { items: t.arg({ type: ['CreateResourceInput'], required: true, description: 'The files.' }) },
      resolve: async (_root, args, { operations, caller, streamed, event }) => {
        const { items } = parseInput(createManyInput, args);
        const read = (item: unknown) =>
          toCreateResourceInput(parseInput(createResourceInput, withUpload(item as object, streamed)), streamed);
        const outcomes = await operations.createResources(readItems(items, read), caller);
        Object.assign(event, toOutcomeEvent(outcomes));
        return outcomes.map(toGraphqlOutcome);
      },
    }),
  }));
}
