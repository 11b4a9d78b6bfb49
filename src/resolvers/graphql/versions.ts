// GraphQL's way to versions: a field of the resource, and the mutation that goes back to one.
import { describeOperation } from '../../schema/graphql/descriptions.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { createGraphqlVersionTypes } from '../../schema/graphql/version-types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import { listVersionsInput, toPublicVersionPage } from '../../schema/versions.ts';
import type { CallContext } from '../call-context.ts';

/** Adds `Resource.versions` and `restoreVersion`. */
export function addVersions(builder: GraphqlTypes<CallContext>): void {
  const VersionPage = createGraphqlVersionTypes(builder);

  builder.objectField('Resource', 'versions', (t) =>
    t.field({
      type: VersionPage,
      nullable: true,
      // A statement of its own each time: see createMeasure.
      extensions: { cost: 20, itemsOf: 'first' },
      description: 'Its contents, now and before, the newest first. Needs the scope `resources:read`.',
      args: {
        first: t.arg.int({ description: 'How many at most: 1 to 200, or 50.' }),
        after: t.arg.string({ description: "A previous page's `nextCursor`." }),
      },
      resolve: async ({ id }, { first, after }, { operations, caller }) => {
        const input = parseInput(listVersionsInput, { limit: first, cursor: after });
        return toPublicVersionPage(await operations.versions({ ...input, id }, caller));
      },
    }),
  );

  builder.mutationField('restoreVersion', (t) =>
    t.field({
      type: 'Resource',
      description: describeOperation('restoreVersion'),
      args: {
        id: t.arg.id({ required: true, description: 'The id of the resource.' }),
        number: t.arg.int({ required: true, description: 'Which version.' }),
      },
      resolve: async (_root, version, { operations, caller, event, markCreated }) => {
        event.resourceId = version.id;
        const { resource, result } = await operations.restoreVersion(version, caller);
        markCreated({ result, isReplay: false });
        return resource;
      },
    }),
  );
}
