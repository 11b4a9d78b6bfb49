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
  createLockManyStatement,
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
  /** Is told of every change, when it is committed. */
  tellCommitted(accountId: string, events: number): void;
};

type AccountCall = CallOptions & { readonly accountId: string };

/** The changes on `database`; it stays its owner's. */
export function createRecordChanges({ database, track, calls, tellCommitted }: RecordChangesOptions): ResourceChanges {
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
      const outcome = toUpdateOutcome(judged?.[0], found?.[0]);
      if (outcome.kind === 'updated') tellCommitted(resource.accountId, 1);
      return outcome;
    },
    async delete(resource, { signal }) {
      const statements = [createLockStatement(resource), createDeleteStatement(resource)];
      const [, [row] = []] = await transact(statements, { accountId: resource.accountId, signal });
      if (row === undefined) return { kind: 'deleted', count: 0 };
      if (!toJudgedRow(row).isExpected) return { kind: 'stale' };
      tellCommitted(resource.accountId, 1);
      return { kind: 'deleted', count: 1 };
    },
    async deleteMany(resources, { signal }) {
      const statements = [createLockManyStatement(resources), createDeleteManyStatement(resources)];
      const [, [row] = []] = await transact(statements, { accountId: resources.accountId, signal });
      const count = toCount(row);
      if (count > 0) tellCommitted(resources.accountId, count);
      return count;
    },
    async deleteDirectory(directory, { maxCount, signal }) {
      const { accountId } = directory;
      const count = toCount(await run(createDeleteDirectoryStatement(directory, { maxCount }), { accountId, signal }));
      if (count > 0) tellCommitted(accountId, 1);
      return count;
    },
    async moveDirectory(directory, { signal, ...options }) {
      const [rows] = await transact(createMoveStatements(directory, options), {
        accountId: directory.accountId,
        signal,
      });
      const { count, isTooLong, taken } = toMovedRow(rows?.[0] ?? {});
      if (isTooLong) return { kind: 'path_too_long' };
      if (taken !== null) return { kind: 'conflict', ...taken };
      if (count > 0) tellCommitted(directory.accountId, 1);
      return { kind: 'moved', count };
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
