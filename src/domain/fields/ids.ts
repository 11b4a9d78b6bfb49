// Identifiers: ordered by time where rows are ordered by them, random where a caller must not guess or steer them.
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/** A uuid version 7 (RFC 9562, section 5.7): 48 bits of `nowMs`, the rest random. */
export function createId(nowMs: number = Date.now()): string {
  if (used + 10 > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const time = nowMs.toString(16).padStart(12, '0');
  const random = pool.toString('hex', used, used + 10);
  const variant = '89ab'.charAt((pool[used + 9] as number) & 3);
  used += 10;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** A fresh key for a stored blob, spread over 256 folders; it holds nothing that a caller sent. */
export function createStorageKey(): string {
  const id = createId();
  return `${id.slice(-2)}/${id}`;
}

const STORAGE_KEY = /^([0-9a-f]{2})\/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{10}\1)$/;

/** Whether `key` looks as if `createStorageKey` had made it: in a bucket that is shared, no other may be touched. */
export function isStorageKey(key: string): boolean {
  return STORAGE_KEY.test(key);
}

const ASIDE = 'damaged/';

/** A fresh key under which damaged bytes that lie under `key` are kept for whoever wants to look at them. */
export function createAsideKey(key: string): string {
  return `${ASIDE}${key}.${createId()}`;
}

/** Whether `key` looks as if `createAsideKey` had made it. */
export function isAsideKey(key: string): boolean {
  const end = key.lastIndexOf('.');
  return key.startsWith(ASIDE) && isStorageKey(key.slice(ASIDE.length, end)) && isId(key.slice(end + 1));
}

/** When a storage key was made, in milliseconds since 1970. */
export function toStorageKeyMs(key: string): number {
  return Number.parseInt(key.slice(3, 16).replace('-', ''), 16);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether `text` is spelt like a uuid of any version. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
