// The GraphQL queries that find, each a translation of one domain call.
import { GatewayError } from '../../domain/errors.ts';
import { MAX_IDS } from '../../domain/find/find-resource.ts';
import { readDirectoryInput, toPublicDirectoryPage, toReadDirectoryInput } from '../../schema/directory.ts';
import { findByPathInput, listResourcesInput, toListResourcesInput } from '../../schema/find-resources.ts';
import { describe, describeOperation } from '../../schema/graphql/descriptions.ts';
import { createGraphqlReadTypes } from '../../schema/graphql/find-types.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import type { CallContext } from '../call-context.ts';

/** Adds the queries to a builder that has a query type. */
export function addReads(builder: GraphqlTypes<CallContext>): void {
  builder.objectField('Resource', 'metadata', (t) =>
    t.field({
      type: 'JSON',
      nullable: true,
      extensions: { isPlain: true },
      description: 'Metadata, exactly as sent.',
      resolve: ({ metadata }, _args, { caller }) => {
        caller.allowance.show(metadata);
        return metadata;
      },
    }),
  );

  const { ResourceFilter, ResourceSort, ResourceConnection, DirectoryPage } = createGraphqlReadTypes(builder);

  builder.queryFields((t) => ({
    resource: t.field({
      type: 'Resource',
      nullable: true,
      description: describeOperation('resource'),
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, { operations, caller }) => {
        return await operations.resource(id, caller);
      },
    }),
    node: t.field({
      type: 'Node',
      nullable: true,
      description: 'The same by its id alone; null when your account has none. Needs the scope `resources:read`.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, { operations, caller }) => {
        try {
          return await operations.resource(id, caller);
        } catch (thrown) {
          // Relay asks for what may be gone, and expects null then.
          if (thrown instanceof GatewayError && thrown.code === 'not_found') return null;
          throw thrown;
        }
      },
    }),
    nodes: t.field({
      type: ['Node'],
      nullable: { list: false, items: true },
      // A look-up for each id: see createMeasure.
      extensions: { itemsOf: 'ids', maxItems: MAX_IDS, itemCost: 10 },
      description: 'Up to 100 at once, in the order of their ids, null for those that your account does not have.',
      args: { ids: t.arg.idList({ required: true, description: 'Their ids.' }) },
      resolve: async (_root, { ids }, { operations, caller }) => {
        return [...(await operations.resourcesById(ids, caller))];
      },
    }),
    resourceByPath: t.field({
      type: 'Resource',
      nullable: true,
      description: describeOperation('resourceByPath'),
      args: {
        directoryPath: t.arg.string({ required: true, description: describe(findByPathInput)('directoryPath') }),
        name: t.arg.string({ required: true, description: describe(findByPathInput)('name') }),
      },
      resolve: async (_root, place, { operations, caller }) => {
        return await operations.resourceByPath(place, caller);
      },
    }),
    resources: t.field({
      type: ResourceConnection,
      description: describeOperation('resources'),
      args: {
        filter: t.arg({ type: ResourceFilter, description: 'What they must fit; absent: all.' }),
        sort: t.arg({ type: ResourceSort, description: 'Their order; absent: the newest first.' }),
        first: t.arg.int({ description: 'How many at most, 1 to 200; absent: 50.' }),
        after: t.arg.string({ description: 'A cursor of the same filters and order.' }),
      },
      resolve: async (_root, { filter, sort, first, after }, { operations, caller }) => {
        const { by, order } = sort ?? {};
        const page = { sort: by, order: order ?? undefined, limit: first ?? undefined, cursor: after ?? undefined };
        const input = parseInput(listResourcesInput, { ...filter, ...page });
        const wanted = toListResourcesInput(input);
        const { resources, cursorOf, nextCursor } = await operations.resources(wanted, caller);
        let counted: ReturnType<typeof operations.resourceCount> | null = null;
        const count = () => {
          counted ??= operations.resourceCount(wanted, caller);
          return counted;
        };
        return { resources, cursorOf, hasNextPage: nextCursor !== null, count };
      },
    }),
    directory: t.field({
      type: DirectoryPage,
      nullable: true,
      description: describeOperation('directory'),
      args: {
        path: t.arg.string({ required: true, description: describe(readDirectoryInput)('path') }),
        first: t.arg.int({ description: 'How many directories at most, 1 to 200; absent: 50.' }),
        after: t.arg.string({ description: "A previous page's `nextCursor`." }),
      },
      resolve: async (_root, { path, first, after }, { operations, caller }) => {
        const input = parseInput(readDirectoryInput, { path, limit: first ?? undefined, cursor: after });
        return toPublicDirectoryPage(await operations.directory(toReadDirectoryInput(input), caller));
      },
    }),
  }));
}
