// Transactions of one account, within its share. What lost a race that its snapshot did not show is tried again.
import type { Shares } from '../../domain/caller/shares.ts';
import type { Database, RowsOf, Statement, Transact } from '../database/database.ts';
import { isUniqueViolation, judgeSqlError, toDatabaseFailure } from '../database/sql-errors.ts';

const MAX_ATTEMPTS = 8;

export type TransactionsOptions = {
  readonly database: Database;
  /** Is told of everything that runs, so that nothing is closed under it. */
  track<Value>(running: Promise<Value>): Promise<Value>;
  /** Each account's share of what runs at once. */
  readonly calls: Shares;
};

/** Over `database`, which stays its owner's. */
export function createTransactions({ database, track, calls }: TransactionsOptions): Transact {
  /** A name that someone took meanwhile is a unique violation once; the next attempt sees who it was. */
  async function attempt<Statements extends readonly Statement<unknown>[]>(
    statements: Statements,
    number: number,
  ): Promise<RowsOf<Statements>> {
    try {
      return await database.transact(statements);
    } catch (cause) {
      const isLostRace = isUniqueViolation(cause) || judgeSqlError(cause) === 'retry';
      if (isLostRace && number < MAX_ATTEMPTS) return await attempt(statements, number + 1);
      throw toDatabaseFailure(cause);
    }
  }

  return async (statements, { accountId, signal }) => {
    const leave = await calls.enter(accountId, { signal });
    return await track(attempt(statements, 1).finally(leave));
  };
}
