// The GraphQL types of the trash. What lies in it is no `Resource`: nothing can be done with it but to restore or remove it.
import { trashedFields } from '../trash.ts';
import { addObject, addPage } from './shaped-types.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives those that operations refer to. */
export function createGraphqlTrashTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const TrashedResource = addObject(builder, trashedFields, {
    name: 'TrashedResource',
    description: 'A deleted resource.',
    types: { metadata: null },
  });
  const TrashPage = addPage(builder, TrashedResource, {
    name: 'TrashPage',
    description: 'A page of the trash, the last deleted first.',
    items: 'What was deleted.',
  });
  return { TrashedResource, TrashPage };
}
