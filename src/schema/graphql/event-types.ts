// The GraphQL types of events.
import type { GraphqlEvent, GraphqlEventPage } from '../events.ts';
import type { GraphqlTypes } from './types.ts';

/** Adds the types to a builder and gives those that operations refer to. */
export function createGraphqlEventTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const Event = builder.objectRef<GraphqlEvent>('Event').implement({
    description: 'Something that has happened.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The same wherever and however often the event is told.' }),
      type: t.exposeString('type', { description: 'What has happened, for example "resource.created".' }),
      timestamp: t.expose('timestamp', { type: 'DateTime', description: 'When.' }),
      cursor: t.exposeString('cursor', { description: 'The cursor of its place, for `after`.' }),
      subject: t.exposeID('subject', { nullable: true, description: "The resource's id; null for a directory." }),
      resource: t.expose('resource', {
        type: 'Resource',
        nullable: true,
        description: 'The resource as it was then; null for a directory.',
      }),
    }),
  });
  const EventPage = builder.objectRef<GraphqlEventPage>('EventPage').implement({
    description: 'A page of the log, oldest first.',
    fields: (t) => ({
      events: t.field({ type: [Event], description: 'What has happened.', resolve: ({ events }) => events }),
      cursor: t.exposeString('cursor', { description: 'Where to go on, also when there was no event.' }),
      hasMore: t.exposeBoolean('hasMore', {
        description: 'Whether to go on at once; a page may hold fewer events than it might.',
      }),
    }),
  });
  return { Event, EventPage };
}
