import { expect, test } from 'vitest';
import { createProvedContents, type ProvedContents } from '../../../src/domain/download/proved-contents.ts';

const TRUST_MS = 1_000;
const KEPT_BYTES = 160;
/** The largest that one content may be. */
const PART_BYTES = 10;

function open(options: { maxKeptBytes?: number; maxRemembered?: number } = {}) {
  const clock = { ms: 0 };
  const limits = { trustMs: TRUST_MS, maxRemembered: 100, maxKeptBytes: KEPT_BYTES, ...options };
  return { clock, proved: createProvedContents({ ...limits, now: () => clock.ms }) };
}

function keep(proved: ProvedContents, key: string, sizeBytes = PART_BYTES): boolean {
  const reserved = proved.find(key, 'stamp')?.reserve(sizeBytes) ?? null;
  reserved?.buffer.fill(Number(key));
  reserved?.keep();
  return reserved !== null;
}

const isKept = (proved: ProvedContents, key: string): boolean => {
  const lent = proved.find(key, 'stamp')?.borrow();
  lent?.giveBack();
  return lent !== undefined && lent !== null;
};

const names = (count: number) => Array.from({ length: count }, (_, number) => String(number));

test('a content is proved while it has the stamp that it had, and for so long', () => {
  const { proved, clock } = open();
  proved.prove('1', 'stamp');
  clock.ms = TRUST_MS - 1;
  expect(proved.find('1', 'stamp')).not.toBeNull();
  proved.prove('1', 'stamp');
  clock.ms += TRUST_MS - 1;
  expect(proved.find('1', 'stamp')).not.toBeNull();
  clock.ms += 1;
  expect(proved.find('1', 'stamp')).toBeNull();
  proved.prove('1', 'stamp');
  expect(proved.find('1', 'another')).toBeNull();
  expect(proved.find('1', 'stamp')).toBeNull();
});

test('of more contents than are remembered, what was asked for longest ago is forgotten, with its bytes', () => {
  const { proved } = open({ maxRemembered: 2 });
  for (const key of ['1', '2']) proved.prove(key, 'stamp');
  expect(keep(proved, '2')).toBe(true);
  expect(keep(proved, '1')).toBe(true);
  proved.prove('3', 'stamp');
  expect(proved.find('2', 'stamp')).toBeNull();
  expect(isKept(proved, '1')).toBe(true);
});

test('bytes that are kept are lent as they were, until the content has another stamp', () => {
  const { proved } = open();
  proved.prove('7', 'stamp');
  expect(proved.find('7', 'stamp')?.borrow()).toBeNull();
  keep(proved, '7');
  expect(proved.find('7', 'stamp')?.borrow()?.bytes).toEqual(Buffer.alloc(PART_BYTES, 7));
  expect(proved.state()).toEqual({ keptBytes: PART_BYTES, hits: 1 });
  expect(proved.find('7', 'another')).toBeNull();
  proved.prove('7', 'another');
  expect(proved.find('7', 'another')?.borrow()).toBeNull();
});

test('one content takes a sixteenth of the memory at most, and is kept once', () => {
  const { proved } = open();
  proved.prove('1', 'stamp');
  expect(proved.find('1', 'stamp')?.reserve(PART_BYTES + 1)).toBeNull();
  const known = proved.find('1', 'stamp');
  const reserved = known?.reserve(PART_BYTES);
  expect(known?.reserve(PART_BYTES)).toBeNull();
  reserved?.giveUp();
  reserved?.keep();
  expect(isKept(proved, '1')).toBe(false);
  expect(keep(proved, '1')).toBe(true);
  expect(keep(proved, '1')).toBe(false);
});

test('keeps nothing when it may not', () => {
  const { proved } = open({ maxKeptBytes: 0 });
  proved.prove('1', 'stamp');
  expect(keep(proved, '1')).toBe(false);
});

test('contents that are all asked for in turn do not drive each other out', () => {
  const { proved } = open();
  const keys = names(20);
  for (const key of keys) proved.prove(key, 'stamp');
  for (let round = 0; round < 3; round += 1) for (const key of keys) keep(proved, key);
  expect(keys.filter((key) => isKept(proved, key))).toEqual(names(16));
});

test('a content that is asked for again makes room for itself where nobody asks any more', () => {
  const { proved } = open();
  const keys = names(17);
  for (const key of keys) proved.prove(key, 'stamp');
  for (const key of names(16)) keep(proved, key);
  expect(keep(proved, '16')).toBe(false);
  expect(keep(proved, '16')).toBe(true);
  expect(keys.filter((key) => !isKept(proved, key))).toEqual(['0']);
});

test('what is lent counts until it is given back, also when it was touched meanwhile', () => {
  const { proved } = open();
  const keys = names(17);
  for (const key of keys) proved.prove(key, 'stamp');
  for (const key of names(16)) keep(proved, key);
  const lent = names(16).map((key) => proved.find(key, 'stamp')?.borrow());
  for (const key of names(16)) expect(proved.find(key, 'another')).toBeNull();
  expect(keep(proved, '16')).toBe(false);
  lent[3]?.giveBack();
  lent[3]?.giveBack();
  expect(keep(proved, '16')).toBe(true);
  for (const one of lent) one?.giveBack();
  for (const key of names(15)) {
    proved.prove(key, 'stamp');
    expect(keep(proved, key)).toBe(true);
  }
});

test('a content that was touched while its bytes were gathered is not kept', () => {
  const { proved } = open();
  proved.prove('1', 'stamp');
  const reserved = proved.find('1', 'stamp')?.reserve(PART_BYTES);
  proved.find('1', 'another');
  proved.prove('1', 'another');
  reserved?.keep();
  expect(proved.find('1', 'another')?.borrow()).toBeNull();
  for (const key of names(16)) {
    proved.prove(key, 'stamp');
    expect(keep(proved, key)).toBe(true);
  }
});
