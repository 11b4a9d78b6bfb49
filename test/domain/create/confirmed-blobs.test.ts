import { expect, test } from 'vitest';
import { createConfirmedBlobs } from '../../../src/domain/create/confirmed-blobs.ts';

const { signal } = new AbortController();

function open({ maxRemembered = 2 } = {}) {
  const clock = { ms: 0 };
  const asked: string[] = [];
  const there = new Map<string, number>();
  const has = async (key: string, { sizeBytes }: { sizeBytes: number }) => {
    asked.push(key);
    return there.get(key) === sizeBytes;
  };
  const confirmed = createConfirmedBlobs({
    blobs: { bucket: 'open', has },
    trustMs: 1_000,
    maxRemembered,
    now: () => clock.ms,
  });
  const confirm = (key: string, sizeBytes = 5) =>
    confirmed.confirm({ accountId: 'acme', location: { bucket: 'open', key }, sizeBytes }, { signal });
  return { clock, asked, there, confirmed, confirm };
}

test('asks once for what is there, until the confirmation is too old', async () => {
  const it = open();
  it.there.set('a', 5);
  for (const ms of [0, 500, 999]) {
    it.clock.ms = ms;
    expect(await it.confirm('a')).toBe(true);
  }
  expect(it.asked).toEqual(['a']);
  it.there.delete('a');
  it.clock.ms = 1_000;
  expect(await it.confirm('a')).toBe(false);
});

test('asks each time for what is not there or has another size', async () => {
  const it = open();
  it.there.set('short', 4);
  for (const key of ['gone', 'short', 'gone', 'short']) expect(await it.confirm(key)).toBe(false);
  expect(it.asked).toHaveLength(4);
});

test('believes what was stored just now without asking', async () => {
  const it = open();
  it.confirmed.remember({ bucket: 'open', key: 'new' });
  expect(await it.confirm('new')).toBe(true);
  expect(it.asked).toEqual([]);
});

test('forgets the oldest confirmation when there are too many', async () => {
  const it = open({ maxRemembered: 2 });
  for (const key of ['a', 'b', 'c']) it.confirmed.remember({ bucket: 'open', key });
  expect(await it.confirm('a')).toBe(false);
  for (const key of ['b', 'c']) expect(await it.confirm(key)).toBe(true);
});

test('does not ask for a blob of another bucket, which cannot be read here', async () => {
  const it = open();
  it.there.set('a', 5);
  const location = { bucket: 'other', key: 'a' };
  it.confirmed.remember(location);
  expect(await it.confirmed.confirm({ accountId: 'acme', location, sizeBytes: 5 }, { signal })).toBe(false);
  expect(it.asked).toEqual([]);
});
