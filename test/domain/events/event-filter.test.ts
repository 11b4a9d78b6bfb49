import { expect, test } from 'vitest';
import type { GatewayError } from '../../../src/domain/errors.ts';
import type { LoggedEvent } from '../../../src/domain/events/event.ts';
import { isWanted, parseEventFilter } from '../../../src/domain/events/event-filter.ts';

const ID = '01900000-0000-7000-8000-00000000000a';
const of = (type: LoggedEvent['type'], directoryPath: string, otherPath: string | null = null): LoggedEvent => ({
  accountId: 'acme',
  position: { era: 0, xid: 1n, id: 1n },
  type,
  subject: type.startsWith('directory.') ? null : ID,
  directoryPath,
  otherPath,
  data: { kind: 'deleted', path: directoryPath, deleted: 1, isComplete: true },
  createdAt: new Date(),
  bytes: 1,
});

test.each([
  ['a resource in it', of('resource.created', '/a'), true],
  ['a resource below it', of('resource.deleted', '/a/b/c'), true],
  ['a resource that has come into it', of('resource.updated', '/a/b', '/x'), true],
  ['a resource that has left it', of('resource.updated', '/x', '/a/b'), true],
  ['a resource above it', of('resource.created', '/'), false],
  ['a resource in another with the same beginning', of('resource.created', '/a-b'), false],
  ['itself deleted', of('directory.deleted', '/a'), true],
  ['a directory below it moved away', of('directory.moved', '/a/b', '/x'), true],
  ['a directory moved into it', of('directory.moved', '/x', '/a/x'), true],
  ['the directory above it moved', of('directory.moved', '/', '/x'), true],
  ['another directory moved', of('directory.moved', '/x', '/y'), false],
])('of a directory one is told of %s, or not', (_, event, expected) => {
  expect(isWanted(event, parseEventFilter({ directoryPath: 'a/' }))).toBe(expected);
});

test('everything given has to fit, and the root narrows nothing', () => {
  const event = of('resource.created', '/a');
  expect(isWanted(event, parseEventFilter({ directoryPath: '/', resourceId: ID.toUpperCase() }))).toBe(true);
  expect(isWanted(event, parseEventFilter({ types: ['resource.created', 'resource.created'] }))).toBe(true);
  expect(isWanted(event, parseEventFilter({ types: ['resource.deleted'], resourceId: ID }))).toBe(false);
  expect(isWanted(event, parseEventFilter({ types: [] }))).toBe(false);
  expect(isWanted(of('directory.moved', '/a', '/b'), parseEventFilter({ resourceId: ID }))).toBe(false);
});

test.each([
  ['types', { types: ['resource.created', 'resource.exploded'] }],
  ['resourceId', { resourceId: '../x' }],
  ['directoryPath', { directoryPath: '/a/../b' }],
])('a filter by %s that can fit nothing is refused', (field, input) => {
  expect(() => parseEventFilter(input)).toThrow(
    expect.objectContaining({ code: 'invalid_input', details: expect.objectContaining({ field }) }) as GatewayError,
  );
});
