// The GraphQL query that tells what an account uses.
import { describeOperation } from '../../schema/graphql/descriptions.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { createGraphqlUsageTypes } from '../../schema/graphql/usage-types.ts';
import { toPublicUsage } from '../../schema/usage.ts';
import type { CallContext } from '../call-context.ts';

/** Adds the field to a builder that has a query type. */
export function addUsage(builder: GraphqlTypes<CallContext>): void {
  const Usage = createGraphqlUsageTypes(builder);
  builder.queryField('usage', (t) =>
    t.field({
      type: Usage,
      nullable: true,
      description: describeOperation('usage'),
      resolve: async (_root, _args, { operations, caller }) => toPublicUsage(await operations.usage({}, caller)),
    }),
  );
}
