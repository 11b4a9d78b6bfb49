// Where a list goes on: a place in an order, as text that only we read. It refuses anything we could not have written.
import { type GatewayError, invalidInput } from '../errors.ts';

export type CursorPart = string | number;

/** The cursor that holds `parts`: base64url (RFC 4648, section 5) of a JSON array. */
export function createCursor(parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/**
 * The parts of a cursor; what they mean is the list's to check.
 * @throws GatewayError `invalid_input` on `cursor` when this is not, letter by letter, what `createCursor` writes
 */
export function parseCursor(text: string): readonly CursorPart[] {
  const parts = parseJson(Buffer.from(text, 'base64url').toString());
  if (!Array.isArray(parts) || !parts.every(isPart) || createCursor(parts) !== text) throw foreignCursor();
  return parts;
}

/** The refusal of a cursor that belongs to no list of ours. */
export function foreignCursor(): GatewayError<'invalid_input'> {
  return invalidInput('cursor', 'must be one that this list gave; leave it out to begin anew');
}

function isPart(part: unknown): part is CursorPart {
  return typeof part === 'string' ? part.isWellFormed() && !part.includes('\0') : typeof part === 'number';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
