import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { LoggedEvent } from '../../../src/domain/events/event.ts';
import { CURSOR_SECRET_BYTES, createEventCursors, requireKnown } from '../../../src/domain/events/event-cursor.ts';
import type { LogState } from '../../../src/domain/events/ports.ts';

const secret = randomBytes(CURSOR_SECRET_BYTES);
const cursors = createEventCursors(secret);
const epoch = 'a1b2c3d4';
const owner = { accountId: 'acme', epoch };

const number = fc.bigInt({ min: 0n, max: 2n ** 48n - 1n });
const positions = fc.record({ era: fc.nat(255), xid: number, id: number });

const refusalOf = (act: () => unknown) => {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
  }
  throw new Error('was not refused');
};

test('a cursor gives back the place and the epoch that it was made of, to every gateway that has the secret', () => {
  fc.assert(
    fc.property(positions, (position) => {
      const cursor = cursors.toCursor(position, owner);
      expect(cursor).toMatch(/^[\w-]{27}$/);
      expect(createEventCursors(secret).parse(cursor, 'acme')).toEqual({ position, epoch });
    }),
  );
});

test('cursors of places side by side have nothing in common but their epoch', () => {
  const [a, b] = [1n, 2n].map((id) => Buffer.from(cursors.toCursor({ era: 0, xid: 7n, id }, owner), 'base64url'));
  const same = a?.filter((byte, index) => byte === b?.[index]);
  expect(a?.subarray(0, 4)).toEqual(b?.subarray(0, 4));
  expect(same?.length).toBeLessThan(4 + 6);
});

test.each([
  ['of another account', cursors.toCursor({ era: 0, xid: 1n, id: 1n }, { accountId: 'other', epoch })],
  ['of another secret', createEventCursors(randomBytes(32)).toCursor({ era: 0, xid: 1n, id: 1n }, owner)],
  ['spelt otherwise', `${cursors.toCursor({ era: 0, xid: 1n, id: 1n }, owner)}=`],
  ['cut off', cursors.toCursor({ era: 0, xid: 1n, id: 1n }, owner).slice(1)],
  ['empty', ''],
  ['very long', 'a'.repeat(100_000)],
])('a cursor %s is refused', (_, cursor) => {
  expect(refusalOf(() => cursors.parse(cursor, 'acme'))).toMatchObject({
    code: 'invalid_input',
    details: { field: 'after' },
  });
});

test('a cursor of which any one character is changed is refused, or from another epoch', () => {
  const cursor = cursors.toCursor({ era: 0, xid: 1n, id: 1n }, owner);
  for (const index of Array.from(cursor).keys()) {
    const changed = `${cursor.slice(0, index)}${cursor[index] === 'A' ? 'B' : 'A'}${cursor.slice(index + 1)}`;
    if (index < 6) {
      const parsed = (() => {
        try {
          return cursors.parse(changed, 'acme');
        } catch {
          return null;
        }
      })();
      expect(parsed?.epoch).not.toBe(epoch);
    } else expect(() => cursors.parse(changed, 'acme')).toThrow();
  }
});

const event = {
  accountId: 'acme',
  position: { era: 0, xid: 5n, id: 9n },
  type: 'directory.moved',
  subject: null,
  directoryPath: '/a',
  otherPath: '/b',
  data: { kind: 'moved', from: '/a', to: '/b', moved: 1 },
  createdAt: new Date('2026-11-29T01:02:03.004Z'),
  bytes: 1,
} satisfies LoggedEvent;

test('an event has one id in every epoch, a uuid that begins with its time, and no other event has it', () => {
  const [one, again] = [cursors.toEvent(event, epoch), cursors.toEvent(event, '00000000')];
  expect(one.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(one.id.replace('-', '').slice(0, 12), 16)).toBe(event.createdAt.getTime());
  expect(again.id).toBe(one.id);
  expect(cursors.parse(one.cursor, 'acme')).toEqual({ position: event.position, epoch });
  const others = Array.from({ length: 1_000 }, (_, id) => {
    return cursors.toEvent({ ...event, position: { ...event.position, id: BigInt(id) } }, epoch).id;
  });
  expect(new Set(others).size).toBe(1_000);
});

const log: LogState = {
  epoch,
  era: 1,
  nextXid: 100n,
  dropped: { era: 1, xid: 50n },
  end: { era: 1, xid: 99n, id: 0n },
  hasOpen: true,
};

test.each([
  ['another epoch', { epoch: '00000000', position: { era: 1, xid: 60n, id: 1n } }, /restored/],
  ['a transaction that is yet to come', { epoch, position: { era: 1, xid: 101n, id: 1n } }, /restored/],
  ['an era that is yet to come', { epoch, position: { era: 2, xid: 1n, id: 1n } }, /restored/],
  ['what has been dropped', { epoch, position: { era: 1, xid: 49n, id: 1n } }, /dropped/],
  ['an era that has been dropped', { epoch, position: { era: 0, xid: 99n, id: 1n } }, /dropped/],
])('a cursor from %s is refused in a sentence that says what to do', (_, cursor, reason) => {
  const refusal = refusalOf(() => requireKnown(cursor, log));
  expect(refusal.code).toBe('cursor_gone');
  expect(refusal.message).toMatch(reason);
  expect(refusal.message).toMatch(/after=latest/);
});

test('a cursor from the first event that is kept to the log’s end is good', () => {
  for (const xid of [50n, 99n, 100n]) requireKnown({ epoch, position: { era: 1, xid, id: 0n } }, log);
});
