// The GraphQL types of finding: filters, orders, the Relay connection, directories.
import { z } from 'zod';
import { MAX_COUNT, type ResourceCount } from '../../domain/find/count-resources.ts';
import type { ResourcePage } from '../../domain/find/list-resources.ts';
import type { ResourceSort } from '../../domain/find/resource-sort.ts';
import type { Resource } from '../../domain/resource.ts';
import { directoryFields, directoryPageFields } from '../directory.ts';
import { listResourcesInput } from '../find-resources.ts';
import { toEnumValues } from './enum-values.ts';
import { addInput, addObject } from './shaped-types.ts';
import type { GraphqlTypes } from './types.ts';

/** Whoever asks for no cursor is spared it. */
type CursorOf = ResourcePage['cursorOf'];
export type ResourceEdge = { readonly node: Resource; readonly cursorOf: CursorOf };
export type ResourceConnection = {
  readonly resources: readonly Resource[];
  readonly cursorOf: CursorOf;
  readonly hasNextPage: boolean;
  /** Counts when it is first asked. */
  count(): Promise<ResourceCount>;
};

/** Adds the types to a builder and gives those that operations refer to. */
export function createGraphqlReadTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  return { ...createInputs(builder), ResourceConnection: createConnection(builder), ...createDirectories(builder) };
}

function createInputs<Context extends object>(builder: GraphqlTypes<Context>) {
  const { sort: _sort, order: _order, limit: _limit, cursor: _cursor, ...filters } = listResourcesInput.shape;
  const ResourceFilter = addInput(builder, z.object(filters), {
    name: 'ResourceFilter',
    description: 'What resources must fit; a field that is absent narrows nothing.',
  });
  const SortKey = builder.enumType('ResourceSortKey', {
    description: 'What resources can be ordered by; equal ones are ordered by id.',
    values: toEnumValues<ResourceSort['by']>({
      created: 'When they were created.',
      name: 'Their names, by the bytes of their UTF-8.',
      size: 'The sizes of their contents.',
    }),
  });
  const SortOrder = builder.enumType('SortOrder', {
    description: 'The direction of an order.',
    values: toEnumValues<ResourceSort['order']>({ asc: 'The least first.', desc: 'The greatest first.' }),
  });
  const ResourceSort = builder.inputType('ResourceSort', {
    description: 'An order of resources.',
    fields: (t) => ({
      by: t.field({ type: SortKey, required: true, description: 'What to order by.' }),
      order: t.field({ type: SortOrder, description: 'When absent: `DESC` for `CREATED`, else `ASC`.' }),
    }),
  });
  return { ResourceFilter, ResourceSort };
}

function createConnection<Context extends object>(builder: GraphqlTypes<Context>) {
  const Edge = builder.objectRef<ResourceEdge>('ResourceEdge').implement({
    description: 'A resource and its place in the order.',
    fields: (t) => ({
      node: t.expose('node', { type: 'Resource', description: 'The resource.' }),
      cursor: t.string({
        extensions: { isPlain: true },
        description: 'The cursor of its place, for `after`.',
        resolve: ({ node, cursorOf }) => cursorOf(node),
      }),
    }),
  });
  const PageInfo = builder.objectRef<ResourceConnection>('PageInfo').implement({
    description: 'Where a page is.',
    fields: (t) => ({
      hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether something follows.' }),
      hasPreviousPage: t.boolean({
        description: 'Always false: pages are read forwards.',
        resolve: () => false,
      }),
      startCursor: t.string({
        nullable: true,
        description: 'The first cursor of the page.',
        resolve: ({ resources, cursorOf }) => toCursor(resources.at(0), cursorOf),
      }),
      endCursor: t.string({
        nullable: true,
        description: 'The last cursor of the page, for `after`.',
        resolve: ({ resources, cursorOf }) => toCursor(resources.at(-1), cursorOf),
      }),
    }),
  });
  return builder.objectRef<ResourceConnection>('ResourceConnection').implement({
    description: 'A page of resources, as the Relay cursor connections specification has it.',
    fields: (t) => ({
      edges: t.field({
        type: [Edge],
        description: 'The resources, in order.',
        resolve: ({ resources, cursorOf }) => resources.map((node) => ({ node, cursorOf })),
      }),
      pageInfo: t.field({ type: PageInfo, description: 'Where the page is.', resolve: (connection) => connection }),
      totalCount: t.int({
        // A statement of its own, once for the page: see createMeasure.
        extensions: { cost: 100, isOncePerPage: true },
        description: `How many there are on all pages, counted up to ${MAX_COUNT}.`,
        resolve: async (connection) => (await connection.count()).count,
      }),
      totalCountIsExact: t.boolean({
        extensions: { cost: 100, isOncePerPage: true },
        description: 'Whether `totalCount` is all of them; false: there are more.',
        resolve: async (connection) => (await connection.count()).isExact,
      }),
    }),
  });
}

const toCursor = (resource: Resource | undefined, cursorOf: CursorOf) =>
  resource === undefined ? null : cursorOf(resource);

function createDirectories<Context extends object>(builder: GraphqlTypes<Context>) {
  const Directory = addObject(builder, directoryFields, {
    name: 'Directory',
    description: 'A directory; it exists as long as something is in it.',
    types: { resourceCount: 'SafeInt' },
  });
  const DirectoryPage = addObject(builder, directoryFields.extend(directoryPageFields.shape), {
    name: 'DirectoryPage',
    description: 'A directory and a page of those in it, ordered by name.',
    types: { resourceCount: 'SafeInt', directories: [Directory] },
  });
  return { DirectoryPage };
}
