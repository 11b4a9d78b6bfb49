import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDownloadLinks } from '../../../src/domain/download/download-links.ts';

const secret = randomBytes(32);
const id = '0190d1a8-0000-7000-8000-000000000001';
const at = (ms: number) => createDownloadLinks(secret, { now: () => new Date(ms) });
const link = at(0).sign({ id, accountId: 'acme', expiresAt: new Date(60_999) });

test('a link holds until its last second, on every gateway with the secret', () => {
  expect(link.expiresSeconds).toBe(60);
  at(59_999).requireValid(link);
  at(59_999).requireValid({ ...link, id: id.toUpperCase() });
});

test('a link is refused at its last second and says that it expired', () => {
  expect(() => at(60_000).requireValid(link)).toThrow(/expired/);
});

const flipped = (text: string) => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A');

test.each([
  ['another resource', { ...link, id: id.replace(/1$/, '2') }],
  ['another account', { ...link, accountId: 'acme2' }],
  ['a later end', { ...link, expiresSeconds: 61 }],
  ['another signature', { ...link, signature: flipped(link.signature) }],
  ['a longer signature', { ...link, signature: `${link.signature}=` }],
  ['no signature', { ...link, signature: '' }],
  ['a signature that is no ASCII', { ...link, signature: 'ä'.repeat(43) }],
])('a link changed to %s is refused as such', (_says, changed) => {
  expect(() => at(0).requireValid(changed)).toThrow(
    expect.objectContaining({ code: 'forbidden', message: expect.stringContaining('changed') }),
  );
});

test('every last character of a signature but its own is refused', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const passing = [...alphabet].filter((character) => {
    try {
      at(0).requireValid({ ...link, signature: link.signature.slice(0, -1) + character });
      return true;
    } catch {
      return false;
    }
  });
  expect(passing).toEqual([link.signature.at(-1)]);
});

test('a link of another secret is refused', () => {
  const other = createDownloadLinks(randomBytes(32), { now: () => new Date(0) });
  expect(() => other.requireValid(link)).toThrow(/not one of ours/);
});
