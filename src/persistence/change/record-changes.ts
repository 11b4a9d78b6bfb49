// Changes and deletions of records.

import type { MoveOutcome, ResourceChanges, UpdateOutcome } from '../../domain/change/ports.ts';
import type { Transact } from '../database/database.ts';
import { createFindResourceStatement, type ResourceRow, toResource } from '../find/read-statements.ts';
import {
  createLockManyStatement,
  createLockStatement,
  createUpdateStatement,
  type JudgedRow,
} from './change-statements.ts';
import { createDeleteManyStatement, createDeleteStatement } from './delete-statements.ts';
import { createDeleteDirectoryStatement, createMoveStatements, type MovedRow } from './directory-statements.ts';

export type RecordChangesOptions = {
  readonly transact: Transact;
  /** Is told of every change, when it is committed. */
  tellCommitted(accountId: string, events: number): void;
};

/** The changes over `transact`; it owns nothing. */
export function createRecordChanges({ transact, tellCommitted }: RecordChangesOptions): ResourceChanges {
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
      const outcome = toUpdateOutcome(judged[0], found[0]);
      if (outcome.kind === 'updated') tellCommitted(resource.accountId, 1);
      return outcome;
    },
    async delete(resource, { signal, ...deletion }) {
      const { accountId } = resource;
      const statements = [createLockStatement(resource), createDeleteStatement(resource, deletion)] as const;
      const [, [row]] = await transact(statements, { accountId, signal });
      if (row === undefined) return { kind: 'deleted', count: 0 };
      if (!row.is_expected) return { kind: 'stale' };
      tellCommitted(accountId, 1);
      return { kind: 'deleted', count: 1 };
    },
    async deleteMany(resources, { signal, ...deletion }) {
      const { accountId } = resources;
      const statements = [createLockManyStatement(resources), createDeleteManyStatement(resources, deletion)] as const;
      const [, [row]] = await transact(statements, { accountId, signal });
      const count = toCount(row);
      if (count > 0) tellCommitted(accountId, count);
      return count;
    },
    async deleteDirectory(directory, { signal, ...options }) {
      const { accountId } = directory;
      const [[row]] = await transact([createDeleteDirectoryStatement(directory, options)], { accountId, signal });
      const count = toCount(row);
      if (count > 0) tellCommitted(accountId, 1);
      return count;
    },
    async moveDirectory(directory, { signal, ...options }) {
      const [rows] = await transact(createMoveStatements(directory, options), {
        accountId: directory.accountId,
        signal,
      });
      const outcome = toMoveOutcome(rows[0]);
      if (outcome.kind === 'moved' && outcome.count > 0) tellCommitted(directory.accountId, 1);
      return outcome;
    },
  };
}

function toUpdateOutcome(judged: JudgedRow | undefined, found: ResourceRow | undefined): UpdateOutcome {
  if (judged === undefined || found === undefined) return { kind: 'not_found' };
  const { is_expected: isExpected, existing_id: existingId, new_path: directoryPath, new_name: name } = judged;
  if (!isExpected) return { kind: 'stale' };
  if (existingId !== null) return { kind: 'conflict', directoryPath, name, existingId };
  return { kind: 'updated', resource: toResource(found) };
}

function toMoveOutcome(row: MovedRow | undefined): MoveOutcome {
  if (row === undefined) throw new Error('the database told nothing of a move');
  const { existing_id: existingId, directory_path: directoryPath, name } = row;
  if (row.is_too_long) return { kind: 'path_too_long' };
  if (existingId === null || directoryPath === null || name === null) return { kind: 'moved', count: row.count };
  return { kind: 'conflict', directoryPath, name, existingId };
}

/** A count is one row. */
function toCount(row: { readonly count: number } | undefined): number {
  if (row === undefined) throw new Error('the database gave no count');
  return row.count;
}
