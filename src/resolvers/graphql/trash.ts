// The GraphQL operations of the trash, each a translation of one domain call.
import { requireNotStreamed } from '../../schema/create-resource.ts';
import { describe, describeOperation } from '../../schema/graphql/descriptions.ts';
import { createGraphqlTrashTypes } from '../../schema/graphql/trash-types.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import { listTrashInput, restoreManyTrashedInput, restoreTrashedInput, toPublicTrashPage } from '../../schema/trash.ts';
import type { CallContext } from '../call-context.ts';

/** Adds the operations to a builder that has a query and a mutation type. */
export function addTrash(builder: GraphqlTypes<CallContext>): void {
  const { TrashedResource, TrashPage } = createGraphqlTrashTypes(builder);
  const ofOne = describe(restoreTrashedInput);
  const ofMany = describe(restoreManyTrashedInput);

  builder.objectField(TrashedResource, 'metadata', (t) =>
    t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its metadata, exactly as sent.',
      resolve: ({ metadata }, _args, { caller }) => {
        caller.allowance.show(metadata);
        return metadata;
      },
    }),
  );

  builder.queryField('trash', (t) =>
    t.field({
      type: TrashPage,
      nullable: true,
      description: describeOperation('trash'),
      extensions: { itemsOf: 'first' },
      args: {
        deletionId: t.arg.id({ description: describe(listTrashInput)('deletionId') }),
        first: t.arg.int({ description: 'How many at most: 1 to 200, or 50.' }),
        after: t.arg.string({ description: "A previous page's `nextCursor`." }),
      },
      resolve: async (_root, { deletionId, first, after }, { operations, caller }) => {
        const input = parseInput(listTrashInput, { deletionId, limit: first, cursor: after });
        return toPublicTrashPage(await operations.trash(input, caller));
      },
    }),
  );

  builder.mutationFields((t) => ({
    restoreTrashed: t.field({
      type: 'Resource',
      description: describeOperation('restoreTrashed'),
      args: {
        id: t.arg.id({ required: true, description: ofOne('id') }),
        name: t.arg.string({ description: ofOne('name') }),
        directoryPath: t.arg.string({ description: ofOne('directoryPath') }),
        onConflict: t.arg({ type: 'ConflictPolicy', description: ofOne('onConflict') }),
      },
      resolve: async (_root, args, { operations, caller, streamed, event, markCreated }) => {
        event.resourceId = args.id;
        const input = parseInput(restoreTrashedInput, args);
        requireNotStreamed(input, streamed);
        const { resource, result } = await operations.restoreTrashed(input, caller);
        markCreated({ result, isReplay: false });
        return resource;
      },
    }),
    restoreManyTrashed: t.int({
      description: describeOperation('restoreManyTrashed'),
      args: {
        ids: t.arg.idList({ description: ofMany('ids') }),
        deletionId: t.arg.id({ description: ofMany('deletionId') }),
        directoryPath: t.arg.string({ description: ofMany('directoryPath') }),
        onConflict: t.arg({ type: 'ConflictPolicy', description: ofMany('onConflict') }),
      },
      resolve: async (_root, args, { operations, caller, streamed }) => {
        const input = parseInput(restoreManyTrashedInput, args);
        requireNotStreamed(input, streamed);
        return await operations.restoreManyTrashed(input, caller);
      },
    }),
    deleteTrashed: t.int({
      description: describeOperation('deleteTrashed'),
      args: { id: t.arg.id({ required: true, description: ofOne('id') }) },
      resolve: async (_root, { id }, { operations, caller, event }) => {
        event.resourceId = id;
        return Number(await operations.deleteTrashed(id, caller));
      },
    }),
    emptyTrash: t.int({
      description: describeOperation('emptyTrash'),
      resolve: async (_root, _args, { operations, caller }) => await operations.emptyTrash({}, caller),
    }),
  }));
}
