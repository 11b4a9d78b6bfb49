// The GraphQL query and the subscription that read the log of events.
import { createAllowance } from '../../domain/caller/allowance.ts';
import type { EventWatch } from '../../domain/events/watch-events.ts';
import {
  type GraphqlEvent,
  listEventsInput,
  toGraphqlEvent,
  toGraphqlEventPage,
  watchEventsInput,
} from '../../schema/events.ts';
import { createGraphqlEventTypes } from '../../schema/graphql/event-types.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import type { CallContext } from '../call-context.ts';

const SCOPE = 'Needs the scope `resources:read`.';

/** Adds the fields to a builder that has a query and a subscription type. */
export function addEvents(builder: GraphqlTypes<CallContext>): void {
  const { Event, EventPage } = createGraphqlEventTypes(builder);

  builder.objectField(Event, 'data', (t) =>
    t.field({
      type: 'JSON',
      description:
        'The resource as it was then, of an update with the names of the fields that are other than before (`changed`); or what befell a directory.',
      resolve: ({ data }, _args, { caller }) => {
        caller.allowance.show(data);
        return data;
      },
    }),
  );

  builder.queryField('events', (t) =>
    t.field({
      type: EventPage,
      nullable: true,
      description: `What has happened in your account, oldest first, a page at a time. ${SCOPE}`,
      extensions: { itemsOf: 'limit' },
      args: {
        after: t.arg.string({
          description:
            'A cursor that the log gave, or "latest" for what happens from now on; absent: from the oldest event that is kept.',
        }),
        types: t.arg.stringList({ description: 'Only these types.' }),
        resourceId: t.arg.id({ description: 'Only events of the resource with this id.' }),
        directoryPath: t.arg.string({
          description: 'Only what happens in this directory and below it, or to a directory above it.',
        }),
        limit: t.arg.int({ description: 'How many at most: 1 to 200, or 50.' }),
      },
      resolve: async (_root, args, { operations, caller }) =>
        toGraphqlEventPage(await operations.events(parseInput(listEventsInput, args), caller)),
    }),
  );

  builder.subscriptionField('resourceEvents', (t) =>
    t.field({
      type: Event,
      description: `What happens in your account, as it happens. It ends with a lease of some minutes: go on with the last cursor. ${SCOPE}`,
      args: {
        after: t.arg.string({ description: 'A cursor that the log gave; absent, or "latest": from now on.' }),
        types: t.arg.stringList({ description: 'Only these types.' }),
        resourceId: t.arg.id({ description: 'Only events of the resource with this id.' }),
        directoryPath: t.arg.string({
          description: 'Only what happens in this directory and below it, or to a directory above it.',
        }),
      },
      subscribe: async (_root, args, context) => {
        const input = parseInput(watchEventsInput, args);
        const { operations, caller } = context;
        return tell(await operations.resourceEvents({ ...input, transport: 'graphql' }, caller), context);
      },
      resolve: (event) => event,
    }),
  );
}

/** Each event is an answer of its own, with an allowance of its own. */
async function* tell({ told }: EventWatch, context: CallContext): AsyncGenerator<GraphqlEvent, void, undefined> {
  for await (const { events } of told) {
    for (const event of events) {
      Object.assign(context, { caller: { ...context.caller, allowance: createAllowance() } });
      yield toGraphqlEvent(event);
    }
  }
}
