// The statement that counts what fits a list's filter, up to a bound: it stops at the row that reaches it.
import type { CountQuery } from '../../domain/find/ports.ts';
import { type Row, type Statement, UNNAMED } from '../database/database.ts';
import { toConditions } from './list-conditions.ts';
import { toTagConditions } from './list-tags.ts';

export function createCountStatement({ accountId, filter, maxCount }: CountQuery): Statement {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const account = bind(accountId);
  const conditions = [
    `account_id = ${account}`,
    ...toConditions(filter, { accountId, bind }),
    ...toTagConditions(filter, { account, id: 'id', bind }),
  ];
  const text = `
select count(*)::int as count from (
  select 1 from resources where ${conditions.join('\n    and ')} limit ${bind(maxCount)}
) as fitting`;
  return { name: UNNAMED, text, values };
}

/** The statement gives one row. */
export function toCount([row]: readonly Row[]): number {
  if (row === undefined) throw new Error('the database gave no count');
  return row.count as number;
}
