// Places in the log as callers hold them, and the ids of events. Both are sealed: the numbers inside are those of the whole
// database, and would tell one account how much the others do.
import { type Cipheriv, createCipheriv, createDecipheriv, createHmac, type Decipheriv } from 'node:crypto';
import { type GatewayError, invalidInput, GatewayError as Refusal } from '../errors.ts';
import type { GatewayEvent, LoggedEvent, LogPosition } from './event.ts';
import type { LogState } from './ports.ts';

/** How many bytes the secret has that gateways share to read each other's cursors. */
export const CURSOR_SECRET_BYTES = 32;

export type EventCursors = {
  /** The cursor of a place in an account's log. */
  toCursor(position: LogPosition, owner: CursorOwner): string;
  /**
   * The place that a cursor holds, and the epoch that it was given in.
   * @throws GatewayError `invalid_input` on `after` when it was not given to this account
   */
  parse(cursor: string, accountId: string): { readonly position: LogPosition; readonly epoch: string };
  /** The event with its id and its cursor. */
  toEvent(event: LoggedEvent, epoch: string): GatewayEvent;
};

type CursorOwner = { readonly accountId: string; readonly epoch: string };

const BLOCK_BYTES = 16;
const EPOCH_BYTES = 4;
const CHECK_BYTES = 3;
const MAX_ERA = 255;
const CURSOR = /^[\w-]{27}$/;
const MAX_REMEMBERED_ACCOUNTS = 10_000;

/**
 * Seals with `secret`. A place is one block of AES: three bytes that only its account has, the era, and six bytes each of the
 * two numbers. A cursor is the epoch, in clear, and that block (base64url). An event's id is a uuid version 7 (RFC 9562) of
 * its time, with the end of its block in the place of what would be random.
 */
export function createEventCursors(secret: Uint8Array): EventCursors {
  const key = secret.subarray(0, BLOCK_BYTES);
  // One block at a time, each for itself: nothing is carried from one to the next.
  const cipher: Cipheriv = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  const decipher: Decipheriv = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  const checks = new Map<string, Buffer>();

  function checkOf(accountId: string): Buffer {
    const known = checks.get(accountId);
    if (known !== undefined) return known;
    if (checks.size >= MAX_REMEMBERED_ACCOUNTS) checks.clear();
    const digest = createHmac('sha256', secret).update(`event-cursor 1\n${accountId}`).digest();
    const check = digest.subarray(0, CHECK_BYTES);
    checks.set(accountId, check);
    return check;
  }

  function seal({ era, xid, id }: LogPosition, accountId: string): Buffer {
    if (era > MAX_ERA) throw new Error('the log has been restored more often than a cursor can say');
    const block = Buffer.alloc(BLOCK_BYTES);
    checkOf(accountId).copy(block);
    block.writeUInt8(era, CHECK_BYTES);
    block.writeUIntBE(Number(xid), 4, 6);
    block.writeUIntBE(Number(id), 10, 6);
    return cipher.update(block);
  }

  function toText(block: Buffer, epoch: string): string {
    return Buffer.concat([Buffer.from(epoch, 'hex'), block]).toString('base64url');
  }

  return {
    toCursor: (position, { accountId, epoch }) => toText(seal(position, accountId), epoch),
    parse(cursor, accountId) {
      if (!CURSOR.test(cursor)) throw foreignCursor();
      const bytes = Buffer.from(cursor, 'base64url');
      const block = decipher.update(bytes.subarray(EPOCH_BYTES));
      const isOurs = block.subarray(0, CHECK_BYTES).equals(checkOf(accountId));
      // Several texts stand for the same bytes; only ours is to pass.
      if (!isOurs || bytes.toString('base64url') !== cursor) throw foreignCursor();
      return {
        epoch: bytes.toString('hex', 0, EPOCH_BYTES),
        position: {
          era: block.readUInt8(CHECK_BYTES),
          xid: BigInt(block.readUIntBE(4, 6)),
          id: BigInt(block.readUIntBE(10, 6)),
        },
      };
    },
    toEvent(event, epoch) {
      const block = seal(event.position, event.accountId);
      return { ...event, id: toUuid(event.createdAt, block), cursor: toText(block, epoch) };
    },
  };
}

function toUuid(time: Date, block: Buffer): string {
  const bytes = Buffer.from(block);
  bytes.writeUIntBE(time.getTime(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function foreignCursor(): GatewayError<'invalid_input'> {
  return invalidInput('after', 'must be a cursor that the log of your account gave, or latest');
}

/**
 * Makes sure that reading on from a cursor misses nothing.
 * @throws GatewayError `cursor_gone` when it was given before the database was restored, or what followed it has been dropped
 */
export function requireKnown(cursor: { readonly position: LogPosition; readonly epoch: string }, log: LogState): void {
  const { era, xid } = cursor.position;
  if (cursor.epoch !== log.epoch || era > log.era || (era === log.era && xid > log.nextXid)) {
    throw new Refusal('cursor_gone', {
      reason: 'is from before the database was restored or moved, so that events may differ since',
    });
  }
  if (era < log.dropped.era || (era === log.dropped.era && xid < log.dropped.xid)) {
    throw new Refusal('cursor_gone', { reason: 'is so old that events after it have been dropped' });
  }
}
