// What of the log a caller wants to be told. Each rule says what a value must look like, and which events fit.
import { invalidInput } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import { parseDirectoryPath } from '../fields/names.ts';
import { EVENT_TYPES, type EventType, type LoggedEvent } from './event.ts';

/** What is absent narrows nothing. All that is given has to fit. */
export type EventFilterInput = {
  readonly types?: readonly string[] | undefined;
  /** Events of this resource; what happens to its directory is not told as an event of it. */
  readonly resourceId?: string | undefined;
  /** Events in this directory and below it, and of directories above it: those take it along. */
  readonly directoryPath?: string | undefined;
};

/** The same, checked and in canonical form; null narrows nothing. */
export type EventFilter = {
  readonly types: readonly EventType[] | null;
  readonly resourceId: string | null;
  readonly directoryPath: string | null;
};

export const EVERY_EVENT: EventFilter = { types: null, resourceId: null, directoryPath: null };

/** @throws GatewayError `invalid_input` on the field that breaks its rule */
export function parseEventFilter({ types, resourceId, directoryPath }: EventFilterInput): EventFilter {
  if (resourceId !== undefined && !isId(resourceId)) throw invalidInput('resourceId', 'must be the id of a resource');
  const path = directoryPath === undefined ? null : parseDirectoryPath(directoryPath);
  return {
    types: types === undefined ? null : [...new Set(types.map(parseType))],
    resourceId: resourceId?.toLowerCase() ?? null,
    // Everything is below the root.
    directoryPath: path === '/' ? null : path,
  };
}

function parseType(type: string): EventType {
  const known = EVENT_TYPES.find((one) => one === type);
  if (known === undefined) throw invalidInput('types', `must hold none but ${EVENT_TYPES.join(', ')}`);
  return known;
}

/** Whether a caller with this filter is told of the event. The statement that reads a page says the same in SQL. */
export function isWanted(event: LoggedEvent, { types, resourceId, directoryPath }: EventFilter): boolean {
  if (types !== null && !types.includes(event.type)) return false;
  if (resourceId !== null && event.subject !== resourceId) return false;
  if (directoryPath === null) return true;
  const paths = event.otherPath === null ? [event.directoryPath] : [event.directoryPath, event.otherPath];
  const isOfDirectory = event.type.startsWith('directory.');
  return paths.some((path) => isBelow(path, directoryPath) || (isOfDirectory && isBelow(directoryPath, path)));
}

/** Whether the first is the second, or lies anywhere below it. */
function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}
