// The statements about what accounts use and may use. The counting itself is done by triggers; see their migration.
import { type Expression, sql } from 'kysely';
import type { Counts, OwnQuotas, Quotas, Recount, Room, Usage } from '../../domain/usage/ports.ts';
import type { Row, RowOf, Statement } from '../database/database.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';

/** A quota of so much is none. */
const NONE = Number.MAX_SAFE_INTEGER;

const toQuota = (own: Expression<number | null>, usual: Expression<number | null>) =>
  sql<number | null>`nullif(coalesce(${own}, ${usual}::bigint), ${sql.lit(NONE)})::float8`;
const sumOf = (column: Expression<unknown>) => sql<number>`coalesce(sum(${column}), 0)::float8`;

/** One row for each account, also for one that has nothing. */
export const createFindUsageStatement = prepare('find-usage', (input: Bound<Quotas & { readonly accountId: string }>) =>
  db
    .selectFrom('account_usage')
    .rightJoin(sql<{ id: string }>`(select ${input.accountId}::text as id)`.as<'asked'>(sql`asked`), (join) =>
      join.onRef('account_usage.account_id', '=', 'asked.id'),
    )
    .leftJoin('account_quotas', (join) => join.on('account_quotas.account_id', '=', input.accountId))
    .select(({ ref }) => [
      sumOf(ref('account_usage.resources')).as('resources'),
      sumOf(ref('account_usage.bytes')).as('bytes'),
      sumOf(ref('account_usage.reserved_bytes')).as('reserved_bytes'),
      sumOf(ref('account_usage.version_bytes')).as('version_bytes'),
      sumOf(ref('account_usage.trashed_resources')).as('trashed_resources'),
      sumOf(ref('account_usage.trashed_bytes')).as('trashed_bytes'),
      toQuota(sql<number | null>`min(${ref('account_quotas.max_bytes')})`, input.bytes).as('max_bytes'),
      toQuota(sql<number | null>`min(${ref('account_quotas.max_resources')})`, input.resources).as('max_resources'),
    ]),
);

/** A row of the statement above. */
export function toUsage(row: RowOf<typeof createFindUsageStatement>): Usage {
  return {
    bytes: {
      used: row.bytes,
      reserved: row.reserved_bytes,
      versions: row.version_bytes,
      trash: row.trashed_bytes,
      limit: row.max_bytes,
    },
    resources: { used: row.resources, trash: row.trashed_resources, limit: row.max_resources },
  };
}

/** What is left: everything that is kept counts. */
export function toRoom({ bytes, resources }: Usage): Room {
  const { used, reserved, versions, trash } = bytes;
  return {
    bytes: bytes.limit === null ? null : bytes.limit - used - reserved - versions - trash,
    resources: resources.limit === null ? null : resources.limit - resources.used - resources.trash,
  };
}

/*
 * Every account that has a row in any of these tables, in their order: the next one is looked up by the primary keys, so that an
 * account of many resources costs no more than one of few.
 */
const LIST_ACCOUNTS = `
with recursive account (account_id, place) as (
  select $1::text collate "C", 0
  union all
  select next.account_id, place + 1 from account cross join lateral (
    select least(
      (select min(account_id) from resources where account_id > account.account_id),
      (select min(account_id) from uploads where account_id > account.account_id),
      (select min(account_id) from trash where account_id > account.account_id),
      (select min(account_id) from account_usage where account_id > account.account_id),
      (select min(account_id) from account_quotas where account_id > account.account_id)
    ) as account_id
  ) next where next.account_id is not null and place < $2::int
)
select account_id from account where place > 0`;

export function createListAccountsStatement(page: {
  readonly after: string;
  readonly limit: number;
}): Statement<{ readonly account_id: string }> {
  return { name: 'list-accounts', text: LIST_ACCOUNTS, values: [page.after, page.limit] };
}

/** Nothing is added meanwhile, and what is added from now on is judged by the new ones. */
const LOCK_ACCOUNT = `select pg_advisory_xact_lock(hashtextextended($1, 7072))`;
const END_LEASES = `delete from account_leases where account_id = $1`;

/** What is not given stays as it is. */
const SET_QUOTAS = `
insert into account_quotas as own (account_id, max_bytes, max_resources)
values ($1, case when $2::boolean then $3::bigint end, case when $4::boolean then $5::bigint end)
on conflict (account_id) do update set
  max_bytes = case when $2::boolean then excluded.max_bytes else own.max_bytes end,
  max_resources = case when $4::boolean then excluded.max_resources else own.max_resources end`;

export function createSetQuotasStatements(accountId: string, own: OwnQuotas): readonly Statement[] {
  const toValues = (name: 'bytes' | 'resources') => {
    const value = own[name];
    return [name in own, value === null ? NONE : (value ?? null)];
  };
  return [
    { name: 'lock-account', text: LOCK_ACCOUNT, values: [accountId] },
    { name: 'end-leases', text: END_LEASES, values: [accountId] },
    { name: 'set-quotas', text: SET_QUOTAS, values: [accountId, ...toValues('bytes'), ...toValues('resources')] },
  ];
}

const COUNTED = ['resources', 'bytes', 'reserved_bytes', 'version_bytes', 'trashed_resources', 'trashed_bytes'];

/*
 * One snapshot for both: what is being added or removed meanwhile is in neither. A correction is a difference, and so holds
 * beside whatever is committed since.
 */
const RECOUNT = `
with counted as (
  select ${COUNTED.map((name) => `coalesce(sum(${name}), 0)::bigint as ${name}`).join(', ')} from account_usage where account_id = $1
), there as (
  select count(*) as resources, coalesce(sum(size_bytes), 0)::bigint as bytes from resources where account_id = $1
), kept as (
  select coalesce(sum(reserved_by(state, reserved_bytes, size_bytes, offset_bytes)), 0)::bigint as reserved_bytes
  from uploads where account_id = $1
), earlier as (
  select coalesce(sum(size_bytes), 0)::bigint as version_bytes from resource_versions where account_id = $1
), thrown as (
  select count(*) as trashed_resources, coalesce(sum(size_bytes), 0)::bigint as trashed_bytes from trash where account_id = $1
), actual as (
  select resources, bytes, reserved_bytes, version_bytes, trashed_resources, trashed_bytes
  from there, kept, earlier, thrown
), corrected as (
  insert into account_usage as slot (account_id, slot, ${COUNTED.join(', ')})
  select $1, usage_slot(), ${COUNTED.map((name) => `actual.${name} - counted.${name}`).join(', ')}
  from counted, actual where $2::boolean and counted is distinct from actual
  on conflict (account_id, slot) do update set ${COUNTED.map((name) => `${name} = slot.${name} + excluded.${name}`).join(', ')}
)
select ${COUNTED.map((name) => `counted.${name}::float8 as counted_${name}, actual.${name}::float8 as actual_${name}`).join(', ')}
from counted, actual`;

export function createRecountStatement({ accountId, correct }: { accountId: string; correct: boolean }): Statement {
  return { name: 'recount-usage', text: RECOUNT, values: [accountId, correct] };
}

/** A row of the statement above. */
export function toRecount(accountId: string, row: Row): Recount {
  const toCounts = (prefix: string): Counts => ({
    resources: row[`${prefix}_resources`] as number,
    bytes: row[`${prefix}_bytes`] as number,
    reservedBytes: row[`${prefix}_reserved_bytes`] as number,
    versionBytes: row[`${prefix}_version_bytes`] as number,
    trashedResources: row[`${prefix}_trashed_resources`] as number,
    trashedBytes: row[`${prefix}_trashed_bytes`] as number,
  });
  return { accountId, counted: toCounts('counted'), actual: toCounts('actual') };
}
