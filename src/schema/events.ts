// What may be said to read the log of events, and what an event looks like, in the two spellings of its keys.
import { z } from 'zod';
import { EVENT_TYPES, type EventType, type GatewayEvent } from '../domain/events/event.ts';
import { type EventList, LATEST } from '../domain/events/list-events.ts';
import type { Told } from '../domain/events/watch-events.ts';
import { createId } from '../domain/fields/ids.ts';
import type { Resource } from '../domain/resource.ts';
import { limit } from './pages.ts';
import { inputObject } from './parse-input.ts';
import { type PublicResource, restResource, toPublicResource, toRestResource } from './resource.ts';
import { toRestKeys, toRestShape, toSnakeCase } from './spelling.ts';

const after = z
  .string('must be a string')
  .optional()
  .describe(
    `A cursor that the log gave, or ${LATEST} for what happens from now on; absent: from the oldest event that is kept`,
  );
/** What narrows which events are told. */
export const filters = {
  types: z
    .array(z.string('must be an array of strings'), 'must be an array of strings')
    .optional()
    .describe(`Only these types: ${EVENT_TYPES.join(', ')}`),
  resourceId: z.string('must be a string').optional().describe('Only events of the resource with this id'),
  directoryPath: z
    .string('must be a string')
    .optional()
    .describe('Only what happens in this directory and below it, or to a directory above it'),
};

/** The input of a page, in every transport. */
export const listEventsInput = inputObject({ after, ...filters, limit });
/** The query of REST. */
export const restListEventsQuery = toRestShape(listEventsInput);

/** The query of REST's stream: the page's, since one address answers both, but for its length. */
export const restWatchEventsInput = inputObject({ after, ...filters });

const liveAfter = after
  .default(LATEST)
  .describe(`A cursor that the log gave; absent, or ${LATEST}: what happens from now on`);
/** The input of a live reader in GraphQL. */
export const watchEventsInput = inputObject({ after: liveAfter, ...filters });
/** The same in tRPC, whose client says where to go on in a field of its own. */
export const streamEventsInput = inputObject({
  after: liveAfter,
  ...filters,
  lastEventId: z.string('must be a string').nullish(),
});

/** What is told of a resource; of an update with the fields that are other than before. */
export type PublicResourceEvent = {
  type: Extract<EventType, `resource.${string}`>;
  data: PublicResource & { changed?: string[] };
};
export type PublicMoveEvent = { type: 'directory.moved'; data: { from: string; to: string; moved: number } };
/** `isComplete` is false when the directory is so large that it goes in several parts, and this is not the last. */
export type PublicDirectoryDeleteEvent = {
  type: 'directory.deleted';
  data: { path: string; deleted: number; isComplete: boolean };
};

/** An event as tRPC shows it. */
export type PublicEvent = {
  id: string;
  /** As RFC 3339 has it. */
  timestamp: string;
  /** The cursor of its place, for `after`. */
  cursor: string;
  /** The resource's id; null for a directory. */
  subject: string | null;
} & (PublicResourceEvent | PublicMoveEvent | PublicDirectoryDeleteEvent);

/** Told in the place of an event: up to its cursor there was no other. */
export type PublicHeartbeat = {
  id: string;
  timestamp: string;
  cursor: string;
  subject: null;
  type: 'heartbeat';
  data: Record<never, never>;
};

export type PublicEventPage = { events: PublicEvent[]; cursor: string; hasMore: boolean };

export function toPublicEvent(event: GatewayEvent): PublicEvent {
  const { id, cursor, subject, createdAt } = event;
  return { id, timestamp: createdAt.toISOString(), cursor, subject, ...toTypedData(event) };
}

function toTypedData({ type, data }: GatewayEvent): PublicResourceEvent | PublicMoveEvent | PublicDirectoryDeleteEvent {
  switch (data.kind) {
    case 'resource': {
      const changed = data.changed === null ? {} : { changed: [...data.changed] };
      const shown = { ...toPublicResource(data.resource), ...changed };
      return { type: type as PublicResourceEvent['type'], data: shown };
    }
    case 'moved':
      return { type: 'directory.moved', data: { from: data.from, to: data.to, moved: data.moved } };
    case 'deleted': {
      const { path, deleted, isComplete } = data;
      return { type: 'directory.deleted', data: { path, deleted, isComplete } };
    }
  }
}

/** An event as GraphQL shows it, with the resource apart. */
export type GraphqlEvent = PublicEvent & { resource: Resource | null };
export type GraphqlEventPage = { events: GraphqlEvent[]; cursor: string; hasMore: boolean };

export function toGraphqlEvent(event: GatewayEvent): GraphqlEvent {
  const { data } = event;
  return { ...toPublicEvent(event), resource: data.kind === 'resource' ? data.resource : null };
}

export function toGraphqlEventPage({ events, cursor, hasMore }: EventList): GraphqlEventPage {
  return { events: events.map(toGraphqlEvent), cursor, hasMore };
}

export function toPublicHeartbeat({ cursor }: { readonly cursor: string }): PublicHeartbeat {
  const timestamp = new Date().toISOString();
  return { id: createId(), timestamp, cursor, subject: null, type: 'heartbeat', data: {} };
}

export function toPublicEventPage({ events, cursor, hasMore }: EventList): PublicEventPage {
  return { events: events.map(toPublicEvent), cursor, hasMore };
}

/** An event in REST, as JSON text: what many readers are told is written once. */
export function writeRestEvent(event: GatewayEvent): string {
  const known = written.get(event);
  if (known !== undefined) return known;
  const { data, ...rest } = toPublicEvent(event);
  const head = JSON.stringify(toRestKeys(rest));
  const text = `${head.slice(0, -1)},"data":${writeData(event, data)}}`;
  written.set(event, text);
  return text;
}

const written = new WeakMap<GatewayEvent, string>();

function writeData({ data }: GatewayEvent, shown: PublicEvent['data']): string {
  if (data.kind !== 'resource') return JSON.stringify(toRestKeys(shown));
  const text = JSON.stringify(toRestResource(data.resource));
  if (data.changed === null) return text;
  return `${text.slice(0, -1)},"changed":${JSON.stringify(data.changed.map(toSnakeCase))}}`;
}

export function writeRestEventPage({ events, cursor, hasMore }: EventList): string {
  return `{"events":[${events.map(writeRestEvent).join(',')}],"cursor":${JSON.stringify(cursor)},"has_more":${hasMore}}`;
}

/**
 * Items of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html); the id of each is its cursor. Readers who
 * are told the same are given the same bytes.
 */
export function writeServerSentEvents({ events, cursor }: Told): Uint8Array {
  const [first] = events;
  if (first === undefined) return Buffer.from(writeHeartbeat(cursor));
  const known = streamed.get(first);
  if (known?.events.length === events.length && events.every((event, at) => event === known.events[at])) {
    return known.bytes;
  }
  const bytes = Buffer.from(events.map(writeServerSentEvent).join(''));
  streamed.set(first, { events, bytes });
  return bytes;
}

/** What was written last that begins with an event. */
const streamed = new WeakMap<GatewayEvent, { readonly events: readonly GatewayEvent[]; readonly bytes: Uint8Array }>();

const writeHeartbeat = (cursor: string) =>
  `id: ${cursor}\nevent: heartbeat\ndata: ${JSON.stringify(toPublicHeartbeat({ cursor }))}\n\n`;

function writeServerSentEvent(event: GatewayEvent): string {
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${writeRestEvent(event)}\n\n`;
}

/** As OpenAPI tells of it. */
export const restEvent = toRestShape(
  z.object({
    id: z.uuid().describe('The same wherever and however often the event is told'),
    type: z.enum(EVENT_TYPES).describe('What has happened'),
    timestamp: z.iso.datetime().describe('When'),
    cursor: z.string().describe('The cursor of its place, for after'),
    subject: z.uuid().nullable().describe("The resource's id; null for a directory"),
    data: z
      .union([
        restResource.extend({ changed: z.array(z.string()).optional() }),
        toRestShape(z.object({ from: z.string(), to: z.string(), moved: z.int() })),
        toRestShape(z.object({ path: z.string(), deleted: z.int(), isComplete: z.boolean() })),
      ])
      .describe(
        'The resource as it was then, of an update with the names of the fields that are other than before; or what befell a directory',
      ),
  }),
).describe('Something that has happened');

export const restEventPage = toRestShape(
  z.object({
    events: z.array(restEvent).describe('Oldest first'),
    cursor: z.string().describe('Where to go on, also when there was no event'),
    hasMore: z.boolean().describe('Whether to go on at once; a page may hold fewer events than it might'),
  }),
);
