// The REST operations on the log of events.
import { restListEventsQuery } from '../events.ts';
import type { OperationGroup } from './operation.ts';

export const EVENT_OPERATIONS: OperationGroup = {
  name: 'Events',
  description: 'What happens, told in order and never lost.',
  operations: [
    {
      name: 'events',
      summary: 'Read what has happened',
      description:
        'A page of the log, oldest first; or, with `Accept: text/event-stream`, the same and whatever happens then: `id` is the ' +
        'cursor, `event` the type, `data` the event, and a `heartbeat` tells the cursor when there is nothing else. `Last-Event-ID` goes on where a connection broke off. A stream takes no `limit`.',
      query: restListEventsQuery,
      headers: [{ name: 'Last-Event-ID', description: 'The cursor after which a stream goes on; before `after`' }],
      answers: [{ status: 200, description: 'The events', body: 'EventPage', isStream: true }],
      failures: [400, 401, 403, 500, 503],
    },
  ],
};
