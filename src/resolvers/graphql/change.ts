// The GraphQL mutations that change and delete, each a translation of one domain call.
import { requireNotStreamed } from '../../schema/create-resource.ts';
import { createGraphqlChangeTypes, toDeleted, toDeletedDirectory } from '../../schema/graphql/change-types.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import { toPublicResource } from '../../schema/resource.ts';
import { deleteResourceInput, updateResourceInput } from '../../schema/update-resource.ts';
import type { CallContext } from '../call-context.ts';

/** Adds the mutations to a builder that has a mutation type. */
export function addChanges(builder: GraphqlTypes<CallContext>): void {
  const { UpdateResourceInput, ...deletions } = createGraphqlChangeTypes(builder);
  const { DeleteResourcePayload, DeleteResourcesPayload, DeleteDirectoryPayload } = deletions;

  builder.mutationFields((t) => ({
    updateResource: t.field({
      type: 'Resource',
      description: 'Renames, moves or relabels a resource. Needs the scope `resources:write`.',
      args: {
        id: t.arg.id({ required: true, description: 'Its id.' }),
        input: t.arg({ type: UpdateResourceInput, required: true, description: 'What is to change.' }),
      },
      resolve: async (_root, { id, input }, { operations, caller, streamed, event }) => {
        event.resourceId = id;
        const update = parseInput(updateResourceInput, { ...input, id });
        requireNotStreamed(update, streamed);
        return toPublicResource(await operations.updateResource(update, caller));
      },
    }),
    moveDirectory: t.int({
      description:
        'Gives a directory another path, all of it or nothing; the number of resources that have moved. ' +
        'Needs the scope `resources:write`.',
      args: {
        from: t.arg.string({ required: true, description: 'Its path, not the root.' }),
        to: t.arg.string({ required: true, description: 'The path it is to have, outside of itself.' }),
      },
      resolve: async (_root, { from, to }, { operations, caller, streamed }) => {
        requireNotStreamed({ to }, streamed);
        return await operations.moveDirectory({ from, to }, caller);
      },
    }),
    deleteResource: t.field({
      type: DeleteResourcePayload,
      description: 'Deletes a resource, if there is one: a repeat is harmless. Needs the scope `resources:delete`.',
      args: {
        id: t.arg.id({ required: true, description: 'Its id.' }),
        ifMatch: t.arg.string({ description: 'The `updatedAt` of the version that is meant.' }),
      },
      resolve: async (_root, args, { operations, caller, event }) => {
        event.resourceId = args.id;
        const { id, ifMatch } = parseInput(deleteResourceInput, args);
        return toDeleted([id], Number(await operations.deleteResource({ id, ifMatch }, caller)));
      },
    }),
    deleteResources: t.field({
      type: DeleteResourcesPayload,
      description: 'Deletes up to 100 resources. Needs the scope `resources:delete`.',
      args: { ids: t.arg.idList({ required: true, description: 'Their ids.' }) },
      resolve: async (_root, { ids }, { operations, caller }) => {
        return toDeleted(ids, await operations.deleteResources(ids, caller));
      },
    }),
    deleteDirectory: t.field({
      type: DeleteDirectoryPayload,
      description: 'Deletes everything in a directory and below it. Needs the scope `resources:delete`.',
      args: { path: t.arg.string({ required: true, description: 'Its path, not the root.' }) },
      resolve: async (_root, { path }, { operations, caller }) => {
        return toDeletedDirectory(path, await operations.deleteDirectory(path, caller));
      },
    }),
  }));
}
