// What an error of PostgreSQL, or of the way to it, means for the rows of the statement that met it.
import { GatewayError } from '../../domain/errors.ts';

/**
 * `retry`: rolled back because of someone else; the same rows may well pass now.
 * `row`: rolled back because of something in the rows.
 * `server`: not the rows' fault, and possibly committed all the same.
 */
export type SqlVerdict = 'retry' | 'row' | 'server';

const FOREIGN_KEY_VIOLATION = '23503';
const LOCK_NOT_AVAILABLE = '55P03';
const UNIQUE_VIOLATION = '23505';
const RETRIED = new Set(['40001', '40P01', FOREIGN_KEY_VIOLATION]);

/** The classes of SQLSTATE that tell of the server and not of a value (PostgreSQL, appendix A). */
const SERVER_CLASSES = new Set(['08', '25', '26', '28', '3D', '3F', '42', '53', '55', '57', '58', 'F0', 'XX']);

/** Judges what `Database.run` threw. */
export function judgeSqlError(error: unknown): SqlVerdict {
  const state = toSqlState(error);
  if (state === null || SERVER_CLASSES.has(state.slice(0, 2))) return 'server';
  return RETRIED.has(state) || isOfReplaced(error) ? 'retry' : 'row';
}

/** Whether somebody else has replaced the same content meanwhile: it stood in a place that was empty when it was to be locked. */
function isOfReplaced(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'resource_versions_pkey';
}

/** The driver's own words when every connection of its pool stayed taken. */
const POOL_IS_FULL = 'timeout exceeded when trying to connect';
const RETRY_AFTER_S = 5;

/** What a caller is told of whatever the driver threw. */
export function toDatabaseFailure(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const what = whatIsFull(cause);
  if (what === null) return new GatewayError('internal', {}, { cause });
  return new GatewayError('overloaded', { what, retryAfterSeconds: RETRY_AFTER_S }, { cause });
}

/** The refusal of a statement that never began. */
export function createOverloaded(): GatewayError<'overloaded'> {
  return new GatewayError('overloaded', { what: TOO_MANY_STATEMENTS, retryAfterSeconds: RETRY_AFTER_S });
}

export const TOO_MANY_STATEMENTS = 'too many requests to the database are running';

function whatIsFull(cause: unknown): string | null {
  if (cause instanceof Error && cause.message === POOL_IS_FULL) return TOO_MANY_STATEMENTS;
  return isLockTimeout(cause) ? 'too many changes to the same records are running' : null;
}

/** Whether others held a lock for so long that the statement was given up; it was undone, and the session goes on. */
export function isLockTimeout(error: unknown): boolean {
  return toSqlState(error) === LOCK_NOT_AVAILABLE;
}

/** Whether a row would have repeated what a unique index holds, possibly since after the statement began. */
export function isUniqueViolation(error: unknown): boolean {
  return toSqlState(error) === UNIQUE_VIOLATION;
}

/** The SQLSTATE, if the server itself reported an error after which its session goes on. */
export function toSqlState(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return null;
  return typeof error.code === 'string' && error.severity === 'ERROR' ? error.code : null;
}
