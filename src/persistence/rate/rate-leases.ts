// The windows of rate points in PostgreSQL: one row for each account, the last window that it has asked anything in.
import { sql } from 'kysely';
import type { RateLeases, RatePolicy } from '../../domain/caller/rate-points.ts';
import type { Run } from '../database/database.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';

type Lease = RatePolicy & { readonly accountId: string; readonly wanted: number };

/*
 * A row whose window has ended begins the next. Judged by the moment at which the row is had, not by the statement's
 * beginning: of two that wait for each other the later may have begun first.
 */
const lease = prepare('lease-points', ({ accountId, wanted, points, windowSeconds }: Bound<Lease>) => {
  const first = sql<number>`least(${wanted}::int, ${points}::int)`;
  const end = sql<Date>`clock_timestamp() + ${windowSeconds}::float8 * interval '1 second'`;
  return db
    .insertInto('rate_windows')
    .values({ account_id: accountId, ends_at: end, leased: first, granted: first })
    .onConflict((conflict) =>
      conflict.column('account_id').doUpdateSet(({ ref }) => {
        const isOver = sql`${ref('rate_windows.ends_at')} <= clock_timestamp()`;
        const leased = ref('rate_windows.leased');
        const rest = sql<number>`least(${wanted}::int, greatest(${points}::int - ${leased}, 0))`;
        return {
          ends_at: sql<Date>`case when ${isOver} then ${end} else ${ref('rate_windows.ends_at')} end`,
          leased: sql<number>`case when ${isOver} then ${first} else ${leased} + ${rest} end`,
          granted: sql<number>`case when ${isOver} then ${first} else ${rest} end`,
        };
      }),
    )
    .returning(({ ref }) => [
      'granted',
      sql<number>`greatest(${points}::int - ${ref('leased')}, 0)`.as('remaining'),
      sql<number>`(extract(epoch from ${ref('ends_at')}) * 1000)::float8`.as('window_end'),
      sql<number>`(extract(epoch from ${ref('ends_at')} - clock_timestamp()) * 1000)::float8`.as('ends_in_ms'),
    ]);
});

/** The leases over `run`; it owns nothing. */
export function createRateLeases(run: Run): RateLeases {
  return {
    async leasePoints(wanted, { signal }) {
      const [row] = await run(lease(wanted), { signal, accountId: wanted.accountId });
      if (row === undefined) throw new Error('a lease of points gave no row');
      return {
        granted: row.granted,
        remaining: row.remaining,
        windowEnd: row.window_end,
        endsInMs: row.ends_in_ms,
      };
    },
  };
}
