// The GraphQL types of versions.
import { versionFields } from '../versions.ts';
import { addObject, addPage } from './shaped-types.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives the one that operations refer to. */
export function createGraphqlVersionTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const Version = addObject(builder, versionFields, {
    name: 'Version',
    description: 'A content that a resource has or had.',
  });
  return addPage(builder, Version, {
    name: 'VersionPage',
    description: 'A page of versions, the newest first.',
    items: 'The versions.',
  });
}
