import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EVENT_TYPES, type LoggedEvent } from '../../../src/domain/events/event.ts';
import { type EventFilter, isWanted } from '../../../src/domain/events/event-filter.ts';
import { createFilterIndex } from '../../../src/domain/events/filter-index.ts';

const SUBJECTS = ['0192a000-0000-7000-8000-000000000001', '0192a000-0000-7000-8000-000000000002'];
const paths = fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }).map((names) => `/${names.join('/')}`);
const filters: fc.Arbitrary<EventFilter> = fc.record({
  types: fc.option(fc.subarray([...EVENT_TYPES])),
  resourceId: fc.option(fc.constantFrom(...SUBJECTS)),
  directoryPath: fc.option(paths.filter((path) => path !== '/')),
});
const events: fc.Arbitrary<LoggedEvent> = fc
  .record({
    type: fc.constantFrom(...EVENT_TYPES),
    directoryPath: paths,
    otherPath: fc.option(paths),
    subject: fc.constantFrom(...SUBJECTS),
  })
  .map((event) => ({
    ...event,
    subject: event.type.startsWith('directory.') ? null : event.subject,
    accountId: 'acme',
    position: { era: 0, xid: 1n, id: 1n },
    data: { kind: 'moved', from: '/', to: '/', moved: 0 },
    createdAt: new Date(0),
    bytes: 0,
  }));

test('finds once each whoever wants an event, and nobody else, as if it had asked them all', () => {
  fc.assert(
    fc.property(fc.array(filters, { maxLength: 20 }), fc.nat(20), events, (given, leaving, event) => {
      const index = createFilterIndex<{ filter: EventFilter }>();
      const members = given.map((filter) => ({ filter }));
      for (const member of members) index.add(member);
      for (const member of members.slice(0, leaving)) index.delete(member);
      const left = members.slice(leaving);
      const found = [...index.wanting(event)];
      expect(new Set(found)).toEqual(new Set(left.filter(({ filter }) => isWanted(event, filter))));
      expect(new Set(found).size).toBe(found.length);
    }),
    { numRuns: 1_000 },
  );
});
