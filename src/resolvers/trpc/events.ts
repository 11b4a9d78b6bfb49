// The tRPC procedures that read the log of events, page by page or as they come.
import { type TrackedEnvelope, tracked } from '@trpc/server';
import type { EventWatch } from '../../domain/events/watch-events.ts';
import {
  listEventsInput,
  type PublicEvent,
  streamEventsInput,
  toPublicEvent,
  toPublicEventPage,
} from '../../schema/events.ts';
import { nullsAbsent } from '../../schema/parse-input.ts';
import type { CallContext } from '../call-context.ts';
import { toTrpcError } from './errors.ts';
import { procedure } from './procedure.ts';

/** Procedures of `event`. All need the scope `resources:read`. */
export const eventProcedures = {
  /** A page of what has happened, oldest first, from a cursor or from the oldest event that is kept. */
  list: procedure
    .input(nullsAbsent(listEventsInput))
    .query(async ({ input, ctx }) => toPublicEventPage(await ctx.operations.events(input, ctx.caller))),
  /** What happens, as it happens. Each event is tracked by its cursor, so that a client which was cut off misses none. */
  stream: procedure.input(nullsAbsent(streamEventsInput)).subscription(async function* ({ input, ctx }) {
    const { lastEventId, ...filters } = input;
    const after = lastEventId ?? input.after;
    yield* tell(() => ctx.operations.resourceEvents({ ...filters, after, transport: 'trpc' }, ctx.caller), ctx);
  }),
};

/** tRPC hands what a stream throws to its formatter as it is; throwing our own is what gives it our code and our sentence. */
async function* tell(
  open: () => Promise<EventWatch>,
  { tellCursor, caller: { signal } }: CallContext,
): AsyncGenerator<TrackedEnvelope<PublicEvent>, void, undefined> {
  try {
    const { told } = await open();
    for await (const one of told) {
      if (one.events.length === 0) tellCursor?.(one.cursor);
      for (const event of one.events) yield tracked(event.cursor, toPublicEvent(event));
    }
  } catch (thrown) {
    throw toTrpcError(thrown);
  }
  if (signal.aborted) return;
  // Without a word of its end, so that the client comes again: a stream that is told to have ended, it takes for complete.
  throw new DOMException('the lease has ended', 'AbortError');
}
