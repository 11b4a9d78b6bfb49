// The GraphQL types of what an account uses.
import { usage, usedBytes, usedResources } from '../usage.ts';
import { addObject } from './shaped-types.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives the one that the operation refers to. */
export function createGraphqlUsageTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const resources = { used: 'Float', trash: 'Float', limit: 'Float' };
  const UsedBytes = addObject(builder, usedBytes, {
    name: 'UsedBytes',
    description: 'Bytes that an account uses, and may use.',
    types: { ...resources, reserved: 'Float', versions: 'Float' },
  });
  const UsedResources = addObject(builder, usedResources, {
    name: 'UsedResources',
    description: 'Resources that an account has, and may have.',
    types: resources,
  });
  return addObject(builder, usage, {
    name: 'Usage',
    description: 'What an account uses, and may use.',
    types: { bytes: UsedBytes, resources: UsedResources },
  });
}
