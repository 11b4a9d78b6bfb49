// The GraphQL types of the trash. What lies in it is no `Resource`: nothing can be done with it but to restore or remove it.
import { type PublicTrashed, type PublicTrashPage, trashedFields } from '../trash.ts';
import { describe } from './descriptions.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives the one that operations refer to. */
export function createGraphqlTrashTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const of = describe(trashedFields);
  const TrashedResource = builder.objectRef<PublicTrashed>('TrashedResource').implement({
    description: 'A deleted resource.',
    fields: (t) => ({
      id: t.exposeID('id', { description: of('id') }),
      name: t.exposeString('name', { description: of('name') }),
      directoryPath: t.exposeString('directoryPath', { description: of('directoryPath') }),
      mimeType: t.exposeString('mimeType', { description: of('mimeType') }),
      sha256: t.exposeString('sha256', { description: of('sha256') }),
      sizeBytes: t.expose('sizeBytes', { type: 'SafeInt', description: of('sizeBytes') }),
      tags: t.exposeStringList('tags', { description: of('tags') }),
      createdBy: t.exposeString('createdBy', { nullable: true, description: of('createdBy') }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: of('createdAt') }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: of('updatedAt') }),
      deletedBy: t.exposeString('deletedBy', { nullable: true, description: of('deletedBy') }),
      deletedAt: t.expose('deletedAt', { type: 'DateTime', description: of('deletedAt') }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: of('expiresAt') }),
      deletionId: t.exposeID('deletionId', { nullable: true, description: of('deletionId') }),
      deletedPath: t.exposeString('deletedPath', { nullable: true, description: of('deletedPath') }),
    }),
  });
  const TrashPage = builder.objectRef<PublicTrashPage>('TrashPage').implement({
    description: 'A page of the trash, the last deleted first.',
    fields: (t) => ({
      items: t.expose('items', { type: [TrashedResource], description: 'What was deleted.' }),
      nextCursor: t.exposeString('nextCursor', {
        nullable: true,
        description: 'For `after`; null when nothing follows.',
      }),
    }),
  });
  return { TrashedResource, TrashPage };
}
