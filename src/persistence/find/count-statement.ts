// The statement that counts what fits a list's filter, up to a bound: it stops at the row that reaches it.
import { sql } from 'kysely';
import type { CountQuery } from '../../domain/find/ports.ts';
import type { Statement } from '../database/database.ts';
import { db, toStatement } from '../database/typed-sql.ts';
import { selectFitting } from './list-conditions.ts';

type CountRow = { readonly count: number };

export function createCountStatement({ maxCount, ...query }: CountQuery): Statement<CountRow> {
  const fitting = selectFitting(query).select(sql.lit(1).as('one')).limit(maxCount);
  return toStatement(db.selectFrom(fitting.as('fitting')).select(sql<number>`count(*)::int`.as('count')));
}

/** The statement gives one row. */
export function toCount([row]: readonly CountRow[]): number {
  if (row === undefined) throw new Error('the database gave no count');
  return row.count;
}
