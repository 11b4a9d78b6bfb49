// The GraphQL types of what an account uses.
import { type PublicUsage, usage, usedBytes, usedResources } from '../usage.ts';
import { describe } from './descriptions.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives the one that the operation refers to. */
export function createGraphqlUsageTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const ofBytes = describe(usedBytes);
  const ofResources = describe(usedResources);
  const UsedBytes = builder.objectRef<PublicUsage['bytes']>('UsedBytes').implement({
    description: 'Bytes that an account uses, and may use.',
    fields: (t) => ({
      used: t.expose('used', { type: 'Float', description: ofBytes('used') }),
      reserved: t.expose('reserved', { type: 'Float', description: ofBytes('reserved') }),
      versions: t.expose('versions', { type: 'Float', description: ofBytes('versions') }),
      trash: t.expose('trash', { type: 'Float', description: ofBytes('trash') }),
      limit: t.expose('limit', { type: 'Float', nullable: true, description: ofBytes('limit') }),
    }),
  });
  const UsedResources = builder.objectRef<PublicUsage['resources']>('UsedResources').implement({
    description: 'Resources that an account has, and may have.',
    fields: (t) => ({
      used: t.expose('used', { type: 'Float', description: ofResources('used') }),
      trash: t.expose('trash', { type: 'Float', description: ofResources('trash') }),
      limit: t.expose('limit', { type: 'Float', nullable: true, description: ofResources('limit') }),
    }),
  });
  return builder.objectRef<PublicUsage>('Usage').implement({
    description: 'What an account uses, and may use.',
    fields: (t) => ({
      bytes: t.field({ type: UsedBytes, description: describe(usage)('bytes'), resolve: ({ bytes }) => bytes }),
      resources: t.field({
        type: UsedResources,
        description: describe(usage)('resources'),
        resolve: ({ resources }) => resources,
      }),
    }),
  });
}
