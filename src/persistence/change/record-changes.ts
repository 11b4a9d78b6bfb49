// Changes and deletions of records. What lost a race that its snapshot did not show is tried again.

import type { Shares } from '../../domain/caller/shares.ts';
import type { ResourceChanges, UpdateOutcome } from '../../domain/change/ports.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { Database, Row, Statement } from '../database/database.ts';
import { isUniqueViolation, judgeSqlError, toDatabaseFailure } from '../database/sql-errors.ts';
import { createFindResourceStatement, toResource } from '../find/read-statements.ts';
import {
  createDeleteManyStatement,
  createDeleteStatement,
  createLockStatement,
  createUpdateStatement,
  toJudgedRow,
} from './change-statements.ts';
import { createDeleteDirectoryStatement, createMoveStatements, toMovedRow } from './directory-statements.ts';

const MAX_ATTEMPTS = 8;

export type RecordChangesOptions = {
  readonly database: Database;
  /** Is told of everything that runs, so that nothing is closed under it. */
  track<Value>(running: Promise<Value>): Promise<Value>;
  /** Each account's share of what runs at once. */
  readonly calls: Shares;
};

type AccountCall = CallOptions & { readonly accountId: string };

/** The changes on `database`; it stays its owner's. */
export function createRecordChanges({ database, track, calls }: RecordChangesOptions): ResourceChanges {
  /** A name that someone took meanwhile is a unique violation once; the next attempt sees who it was. */
  async function attempt(statements: readonly Statement[], number: number): Promise<readonly (readonly Row[])[]> {
    try {
      return await database.transact(statements);
    } catch (cause) {
      const isLostRace = isUniqueViolation(cause) || judgeSqlError(cause) === 'retry';
      if (isLostRace && number < MAX_ATTEMPTS) return await attempt(statements, number + 1);
      throw toDatabaseFailure(cause);
    }
  }

  async function transact(statements: readonly Statement[], { accountId, signal }: AccountCall) {
    const leave = await calls.enter(accountId, { signal });
    return await track(attempt(statements, 1).finally(leave));
  }

  /** The first row of one statement alone. */
  async function run(statement: Statement, call: AccountCall): Promise<Row | undefined> {
    const [rows] = await transact([statement], call);
    return rows?.[0];
  }

  return {
    async update(resource, { change, changedAt, signal }) {
      const [, judged, found] = await transact(
        [
          createLockStatement(resource),
          createUpdateStatement(resource, { change, changedAt }),
          createFindResourceStatement(resource),
        ],
        { accountId: resource.accountId, signal },
      );
      return toUpdateOutcome(judged?.[0], found?.[0]);
    },
    async delete(resource, { signal }) {
      const row = await run(createDeleteStatement(resource), { accountId: resource.accountId, signal });
      if (row === undefined) return { kind: 'deleted', count: 0 };
      return toJudgedRow(row).isExpected ? { kind: 'deleted', count: 1 } : { kind: 'stale' };
    },
    async deleteMany(resources, { signal }) {
      const { accountId } = resources;
      return toCount(await run(createDeleteManyStatement(resources), { accountId, signal }));
    },
    async deleteDirectory(directory, { maxCount, signal }) {
      const { accountId } = directory;
      return toCount(await run(createDeleteDirectoryStatement(directory, { maxCount }), { accountId, signal }));
    },
    async moveDirectory(directory, { signal, ...options }) {
      const [rows] = await transact(createMoveStatements(directory, options), {
        accountId: directory.accountId,
        signal,
      });
      const { count, isTooLong, taken } = toMovedRow(rows?.[0] ?? {});
      if (isTooLong) return { kind: 'path_too_long' };
      return taken === null ? { kind: 'moved', count } : { kind: 'conflict', ...taken };
    },
  };
}

function toUpdateOutcome(judgedRow: Row | undefined, foundRow: Row | undefined): UpdateOutcome {
  if (judgedRow === undefined || foundRow === undefined) return { kind: 'not_found' };
  const { isExpected, existingId, directoryPath, name } = toJudgedRow(judgedRow);
  if (!isExpected) return { kind: 'stale' };
  if (existingId !== null) return { kind: 'conflict', directoryPath, name, existingId };
  return { kind: 'updated', resource: toResource(foundRow) };
}

function toCount(row: Row | undefined): number {
  return row?.count as number;
}
