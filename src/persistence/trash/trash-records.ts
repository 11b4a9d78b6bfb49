// The trash in PostgreSQL. What is put into it is put there by the statements that delete.
import { untilFewer } from '../../domain/flow/pages.ts';
import type { TrashRecords } from '../../domain/trash/ports.ts';
import { createLockPlacesStatements } from '../create/lock-places.ts';
import type { Run, Statement, Transact } from '../database/database.ts';
import { createRestoreStatement, toRestoreOutcome } from './restore-statement.ts';
import {
  createExpireStatement,
  createFindDeletionStatement,
  createFindTrashedStatement,
  createListTrashStatement,
  createLockTrashedStatement,
  createPurgeStatement,
  toTrashedPlace,
  toTrashedResource,
  weighTrashedRow,
} from './trash-statements.ts';

const PAGE_ROWS = 1_000;

export type TrashRecordsOptions = {
  readonly read: Run;
  readonly change: Transact;
  /** Is told of every change, when it is committed. */
  tellCommitted(accountId: string, events: number): void;
};

/** The trash over `read` and `change`; it owns nothing. */
export function createTrashRecords({ read, change, tellCommitted }: TrashRecordsOptions): TrashRecords {
  return {
    async listTrash(query, { ttlMs, signal }) {
      const { accountId } = query;
      const rows = await read(createListTrashStatement(query, { ttlMs }), { accountId, signal });
      const listed = rows.filter(({ is_cut }) => is_cut === false);
      return {
        items: listed.map((row) => toTrashedResource(row, { accountId, ttlMs })),
        bytes: listed.reduce((sum, row) => sum + weighTrashedRow(row), 0),
        isCut: listed.length < rows.length,
      };
    },
    async findTrashed({ accountId, ...query }, { ttlMs, signal }) {
      const statement =
        'ids' in query
          ? createFindTrashedStatement(accountId, query.ids, ttlMs)
          : createFindDeletionStatement(accountId, query, ttlMs);
      return (await read(statement, { accountId, signal })).map(toTrashedPlace);
    },
    async restore(restorations, { signal, ...options }) {
      const { accountId, policy } = options;
      const ids = restorations.map(({ id }) => id);
      const places = restorations.map((place) => ({ accountId, ...place }));
      const statements: readonly Statement[] = [
        createLockTrashedStatement(accountId, ids),
        ...createLockPlacesStatements(places.map((place) => ({ place, policy }))),
        createRestoreStatement(restorations, options),
      ];
      const rows = (await change(statements, { accountId, signal })).at(-1) ?? [];
      const events = Number(rows[0]?.events ?? 0);
      if (events > 0) tellCommitted(accountId, events);
      return rows.map(toRestoreOutcome);
    },
    async purge(query, { signal }) {
      const { accountId } = query;
      const [rows] = await change([createPurgeStatement(query)] as const, { accountId, signal });
      const count = rows[0]?.count ?? 0;
      if (count > 0) tellCommitted(accountId, count);
      return count;
    },
    expireTrash: ({ ttlMs, signal }) =>
      untilFewer(PAGE_ROWS, async () => {
        const rows = await read(createExpireStatement({ ttlMs, limit: PAGE_ROWS }), { signal });
        for (const { account_id, count } of rows) tellCommitted(account_id, count);
        return rows.reduce((sum, { count }) => sum + count, 0);
      }),
  };
}
