// The GraphQL types of finding: filters, orders, the Relay connection, directories.
import { MAX_COUNT, type ResourceCount } from '../../domain/find/count-resources.ts';
import type { ResourcePage } from '../../domain/find/list-resources.ts';
import type { ResourceSort } from '../../domain/find/resource-sort.ts';
import type { Resource } from '../../domain/resource.ts';
import { directoryFields, directoryPageFields, type PublicDirectory, type PublicDirectoryPage } from '../directory.ts';
import { listResourcesInput } from '../find-resources.ts';
import { describe } from './descriptions.ts';
import { toEnumValues } from './enum-values.ts';
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
  const of = describe(listResourcesInput);
  const ResourceFilter = builder.inputType('ResourceFilter', {
    description: 'What resources must fit; a field that is absent narrows nothing.',
    fields: (t) => ({
      directoryPath: t.string({ description: of('directoryPath') }),
      recursive: t.boolean({ description: of('recursive') }),
      namePrefix: t.string({ description: of('namePrefix') }),
      tagsAny: t.stringList({ description: of('tagsAny') }),
      tagsAll: t.stringList({ description: of('tagsAll') }),
      metadata: t.field({ type: 'JSON', description: of('metadata') }),
      sha256: t.string({ description: of('sha256') }),
      mimeType: t.string({ description: of('mimeType') }),
      minSizeBytes: t.field({ type: 'SafeInt', description: of('minSizeBytes') }),
      maxSizeBytes: t.field({ type: 'SafeInt', description: of('maxSizeBytes') }),
      createdFrom: t.field({ type: 'DateTime', description: of('createdFrom') }),
      createdBefore: t.field({ type: 'DateTime', description: of('createdBefore') }),
      updatedFrom: t.field({ type: 'DateTime', description: of('updatedFrom') }),
      updatedBefore: t.field({ type: 'DateTime', description: of('updatedBefore') }),
      createdBy: t.string({ description: of('createdBy') }),
    }),
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
  const of = describe(directoryFields);
  const ofPage = describe(directoryPageFields);
  const Directory = builder.objectRef<PublicDirectory>('Directory').implement({
    description: 'A directory; it exists as long as something is in it.',
    fields: (t) => ({
      path: t.exposeString('path', { description: of('path') }),
      name: t.exposeString('name', { description: of('name') }),
      resourceCount: t.expose('resourceCount', {
        type: 'SafeInt',
        description: of('resourceCount'),
      }),
      sizeBytes: t.expose('sizeBytes', { type: 'SafeInt', description: of('sizeBytes') }),
    }),
  });
  const DirectoryPage = builder.objectRef<PublicDirectoryPage>('DirectoryPage').implement({
    description: 'A directory and a page of those in it, ordered by name.',
    fields: (t) => ({
      path: t.exposeString('path', { description: of('path') }),
      name: t.exposeString('name', { description: of('name') }),
      resourceCount: t.expose('resourceCount', {
        type: 'SafeInt',
        description: of('resourceCount'),
      }),
      sizeBytes: t.expose('sizeBytes', { type: 'SafeInt', description: of('sizeBytes') }),
      directories: t.expose('directories', { type: [Directory], description: ofPage('directories') }),
      nextCursor: t.exposeString('nextCursor', {
        nullable: true,
        description: ofPage('nextCursor'),
      }),
    }),
  });
  return { DirectoryPage };
}
