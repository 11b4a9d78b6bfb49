// The GraphQL types of versions.
import { type PublicVersion, type PublicVersionPage, versionFields } from '../versions.ts';
import { describe } from './descriptions.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives the one that operations refer to. */
export function createGraphqlVersionTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const of = describe(versionFields);
  const Version = builder.objectRef<PublicVersion>('Version').implement({
    description: 'A content that a resource has or had.',
    fields: (t) => ({
      number: t.exposeInt('number', { description: of('number') }),
      isCurrent: t.exposeBoolean('isCurrent', { description: of('isCurrent') }),
      mimeType: t.exposeString('mimeType', { description: of('mimeType') }),
      sha256: t.exposeString('sha256', { description: of('sha256') }),
      sizeBytes: t.expose('sizeBytes', { type: 'SafeInt', description: of('sizeBytes') }),
      originalUri: t.exposeString('originalUri', { nullable: true, description: of('originalUri') }),
      createdBy: t.exposeString('createdBy', { nullable: true, description: of('createdBy') }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: of('createdAt') }),
      replacedAt: t.expose('replacedAt', { type: 'DateTime', nullable: true, description: of('replacedAt') }),
    }),
  });
  return builder.objectRef<PublicVersionPage>('VersionPage').implement({
    description: 'A page of versions, the newest first.',
    fields: (t) => ({
      items: t.expose('items', { type: [Version], description: 'The versions.' }),
      nextCursor: t.exposeString('nextCursor', {
        nullable: true,
        description: 'For `after`; null when nothing follows.',
      }),
    }),
  });
}
