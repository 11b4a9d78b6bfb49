// Statistics for tables that begin to fill. While a table is empty all of its indexes look equally good, since each begins
// with the account; a plan that was made then may look through all of the account's rows for each record, and the
// server's own statistics come a minute later. New statistics end such plans in all sessions, foreign keys' too.
import { type Statement, UNNAMED } from '../database/database.ts';

/** After so many records, as this process counts them. */
const DUE_AFTER = [64, 1_024, 16_384];
/** Tables that are known to have more rows are left to the server. */
const FEW_ROWS = 10_000;

const SMALL_TABLES: Statement<{ readonly name: string }> = {
  name: UNNAMED,
  text: `
select format('%I', relname) as name
from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'account_id'
where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
  and reltuples < ${FEW_ROWS}`,
  values: [],
};

/** Whoever is counted here waits for nothing. */
export type EarlyStatistics = { countCreated(count: number): void };

/** @param read runs one statement; when it fails, the server's own statistics come in their time */
export function createEarlyStatistics(
  read: <Result>(statement: Statement<Result>) => Promise<readonly Result[]>,
): EarlyStatistics {
  const dueAfter = [...DUE_AFTER];
  let created = 0;

  async function analyze(): Promise<void> {
    const names = (await read(SMALL_TABLES)).map(({ name }) => name);
    // Who finds the server at it already leaves it to that.
    if (names.length > 0) await read({ name: UNNAMED, text: `analyze (skip_locked) ${names.join(', ')}`, values: [] });
  }

  return {
    countCreated(count) {
      created += count;
      const [next] = dueAfter;
      if (next === undefined || created < next) return;
      while (dueAfter[0] !== undefined && dueAfter[0] <= created) dueAfter.shift();
      analyze().catch(() => {});
    },
  };
}
