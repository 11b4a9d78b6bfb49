// Who wants an event, found by what each asks for: an event in one of a thousand directories does not ask a thousand readers.
import type { LoggedEvent } from './event.ts';
import { type EventFilter, isWanted } from './event-filter.ts';

type Filtering = { readonly filter: EventFilter };

export type FilterIndex<Member extends Filtering> = {
  add(member: Member): void;
  delete(member: Member): void;
  /** Those whose filter the event fits; each once. */
  wanting(event: LoggedEvent): Iterable<Member>;
};

/** Of one account; nobody yet. */
export function createFilterIndex<Member extends Filtering>(): FilterIndex<Member> {
  const everybody = new Set<Member>();
  const byKey = new Map<string, Set<Member>>();

  function* candidates(event: LoggedEvent): Iterable<Member> {
    // A directory takes along all that lies below it.
    if (event.subject === null) return yield* everybody;
    for (const key of toKeys(event)) yield* byKey.get(key) ?? [];
  }

  return {
    add(member) {
      everybody.add(member);
      const key = toKey(member.filter);
      const others = byKey.get(key);
      if (others === undefined) byKey.set(key, new Set([member]));
      else others.add(member);
    },
    delete(member) {
      everybody.delete(member);
      const key = toKey(member.filter);
      const others = byKey.get(key);
      others?.delete(member);
      if (others?.size === 0) byKey.delete(key);
    },
    *wanting(event) {
      for (const member of candidates(event)) if (isWanted(event, member.filter)) yield member;
    },
  };
}

const EVERYWHERE = '/';

/** Everybody is found by one key. Ids hold no slash, and paths begin with one. */
function toKey({ resourceId, directoryPath }: EventFilter): string {
  return resourceId ?? directoryPath ?? EVERYWHERE;
}

/** All that the event of a resource may be found by. */
function toKeys({ subject, directoryPath, otherPath }: LoggedEvent): Set<string> {
  const keys = new Set([EVERYWHERE]);
  if (subject !== null) keys.add(subject);
  for (const path of [directoryPath, otherPath]) {
    for (let end = path?.length ?? 0; path !== null && end > 0; end = path.lastIndexOf('/', end - 1)) {
      keys.add(path.slice(0, end));
    }
  }
  return keys;
}
