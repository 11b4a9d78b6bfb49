// The GraphQL mutations that change and delete, each a translation of one domain call.
import { requireNotStreamed } from '../../schema/create-resource.ts';
import { deleteDirectoryInput, moveDirectoryInput } from '../../schema/directory.ts';
import { createGraphqlChangeTypes, toDeleted, toDeletedDirectory } from '../../schema/graphql/change-types.ts';
import { describe, describeOperation } from '../../schema/graphql/descriptions.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import { deleteResourceInput, deleteResourcesInput, updateResourceInput } from '../../schema/update-resource.ts';
import type { CallContext } from '../call-context.ts';

/** Adds the mutations to a builder that has a mutation type. */
export function addChanges(builder: GraphqlTypes<CallContext>): void {
  const { UpdateResourceInput, ...deletions } = createGraphqlChangeTypes(builder);
  const { DeleteResourcePayload, DeleteResourcesPayload, DeleteDirectoryPayload } = deletions;

  builder.mutationFields((t) => ({
    updateResource: t.field({
      type: 'Resource',
      description: describeOperation('updateResource'),
      args: {
        id: t.arg.id({ required: true, description: 'Its id.' }),
        input: t.arg({ type: UpdateResourceInput, required: true, description: 'What is to change.' }),
      },
      resolve: async (_root, { id, input }, { operations, caller, streamed, event }) => {
        event.resourceId = id;
        const update = parseInput(updateResourceInput, { ...input, id });
        requireNotStreamed(update, streamed);
        return await operations.updateResource(update, caller);
      },
    }),
    moveDirectory: t.int({
      description: describeOperation('moveDirectory'),
      args: {
        from: t.arg.string({ required: true, description: describe(moveDirectoryInput)('from') }),
        to: t.arg.string({ required: true, description: describe(moveDirectoryInput)('to') }),
      },
      resolve: async (_root, { from, to }, { operations, caller, streamed }) => {
        requireNotStreamed({ to }, streamed);
        return await operations.moveDirectory({ from, to }, caller);
      },
    }),
    deleteResource: t.field({
      type: DeleteResourcePayload,
      description: describeOperation('deleteResource'),
      args: {
        id: t.arg.id({ required: true, description: 'Its id.' }),
        ifMatch: t.arg.string({ description: describe(deleteResourceInput)('ifMatch') }),
        permanent: t.arg.boolean({ description: describe(deleteResourceInput)('permanent') }),
      },
      resolve: async (_root, args, { operations, caller, event }) => {
        event.resourceId = args.id;
        const { id, ifMatch, permanent } = parseInput(deleteResourceInput, args);
        return toDeleted([id], Number(await operations.deleteResource({ id, ifMatch, permanent }, caller)));
      },
    }),
    deleteResources: t.field({
      type: DeleteResourcesPayload,
      description: describeOperation('deleteResources'),
      args: {
        ids: t.arg.idList({ required: true, description: describe(deleteResourcesInput)('ids') }),
        permanent: t.arg.boolean({ description: describe(deleteResourcesInput)('permanent') }),
      },
      resolve: async (_root, args, { operations, caller }) => {
        const input = parseInput(deleteResourcesInput, args);
        return toDeleted(input.ids, await operations.deleteResources(input, caller));
      },
    }),
    deleteDirectory: t.field({
      type: DeleteDirectoryPayload,
      description: describeOperation('deleteDirectory'),
      args: {
        path: t.arg.string({ required: true, description: describe(deleteDirectoryInput)('path') }),
        permanent: t.arg.boolean({ description: describe(deleteDirectoryInput)('permanent') }),
      },
      resolve: async (_root, args, { operations, caller }) => {
        const input = parseInput(deleteDirectoryInput, args);
        return toDeletedDirectory(input.path, await operations.deleteDirectory(input, caller));
      },
    }),
  }));
}
