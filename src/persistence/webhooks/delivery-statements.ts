// The statements that deliver: who has something to deliver and who does it, what is due again, and what has come of it.
import type { ClaimQuery, DeliveryQuery, RecordedBatch } from '../../domain/webhooks/ports.ts';
import type { Attempt, Delivery } from '../../domain/webhooks/webhook.ts';
import type { Row, Statement } from '../database/database.ts';
import { WEBHOOK_COLUMNS } from './webhook-statements.ts';

type Id = { readonly accountId: string; readonly id: string };

/** How many webhooks are looked at for one claim. */
const CANDIDATES = 500;
/** How long what has come through can be looked at, and what has not. */
const KEEP_DELIVERED = `interval '3 days'`;
const KEEP_FAILED = `interval '30 days'`;
const LOOKED_AT_FOR_OLDEST = 1_000;
/** Before every webhook. */
const FIRST: Id = { accountId: '', id: '00000000-0000-0000-0000-000000000000' };

const IS_FIT = `disabled_reason is null and (resume_at is null or resume_at <= now())
    and (claimed_until is null or claimed_until <= now())`;

/** Events after the place of a webhook that `of` names, below the log's end. */
const laterThan = (of: string) => `events.account_id = ${of}.account_id
      and (events.era, events.xid, events.id) > (${of}.era, ${of}.xid, ${of}.event_id)
      and (events.era, events.xid) < ((select event_log.era from event_log), pg_snapshot_xmin(pg_current_snapshot()))`;

/*
 * One look into an index tells whether a webhook has an event after its place, or a delivery that is due again; of those that
 * have, as many are claimed as can be delivered to. Another gateway that claims at the same time is passed by. A claim that was
 * given back leaves its time, by which the next turn is another's.
 */
const toClaim = (condition: string) => `
with candidates as materialized (
  select account_id, id, era, xid, event_id, claimed_until from webhooks
  where ${IS_FIT} and ${condition} and account_id <> all($4::text[])
  order by account_id, id limit ${CANDIDATES}
), next as (
  select account_id, id from candidates
  where (select count(*) from candidates) = ${CANDIDATES} order by account_id desc, id desc limit 1
), due as materialized (
  select account_id, id, claimed_until,
    row_number() over (partition by account_id order by claimed_until nulls first, id) as turn
  from candidates
  where exists (select from events where ${laterThan('candidates')}) or exists (
    select from webhook_deliveries as deliveries
    where deliveries.account_id = candidates.account_id and deliveries.webhook_id = candidates.id
      and state = 'retrying' and due_at <= now()
  )
), chosen as (
  select account_id, id from due where turn <= $5::int order by claimed_until nulls first limit $1
), locked as materialized (
  select webhooks.account_id, webhooks.id from webhooks join chosen using (account_id, id)
  where ${IS_FIT} order by account_id, id for update of webhooks skip locked
), claimed as (
  update webhooks set claimed_by = $2, claimed_until = now() + $3::float8 * interval '1 millisecond'
  from locked where webhooks.account_id = locked.account_id and webhooks.id = locked.id
  returning webhooks.*
)
select (select account_id from next) as next_account_id, (select id from next) as next_id, claimed.*
from (select) as one left join (select ${WEBHOOK_COLUMNS} from claimed) as claimed on true`;
const CLAIM_ANY = toClaim('(account_id, id) > ($6::text, $7::uuid)');
const CLAIM_OF_ACCOUNTS = toClaim('account_id = any($8::text[]) and (account_id, id) > ($6::text, $7::uuid)');

const COLUMNS = `account_id, webhook_id, era, xid::text as xid, event_id::text as event_id, public_id, type, state,
  attempts::text as attempts, (extract(epoch from due_at) * 1000)::float8 as due_ms`;

const LIST_DUE = `
select ${COLUMNS} from webhook_deliveries
where account_id = $1 and webhook_id = $2 and state = 'retrying' and due_at <= now() order by due_at limit $3`;

const toList = (condition: string) => `
select ${COLUMNS} from webhook_deliveries
where account_id = $1 and webhook_id = $2${condition}
  and ($3::smallint is null or (era, webhook_deliveries.xid, webhook_deliveries.event_id) < ($3, $4::xid8, $5::bigint))
order by era desc, webhook_deliveries.xid desc, webhook_deliveries.event_id desc limit $6`;
const LIST_ALL = toList('');
const LIST_FAILED = toList(` and state <> 'delivered'`);

/*
 * Whose claim is over, or was taken away, writes nothing. A webhook that is switched off now gives up what it would have tried
 * again, of this batch and of those before.
 */
const RECORD = `
with mine as materialized (
  select account_id, id from webhooks where account_id = $1 and id = $2 and claimed_by = $3 for update
), results as materialized (
  select era, xid, event_id, public_id, type, attempt, is_first, next_at,
    case when $15::text is not null and state = 'retrying' then 'failed' else state end as state
  from unnest($4::smallint[], $5::xid8[], $6::bigint[], $7::uuid[], $8::text[], $9::text[], $10::jsonb[], $11::timestamptz[],
    $21::boolean[]) as t (era, xid, event_id, public_id, type, state, attempt, next_at, is_first)
), written as (
  insert into webhook_deliveries (account_id, webhook_id, era, xid, event_id, public_id, type, state, attempts, due_at)
  select account_id, id, results.era, results.xid, results.event_id, public_id, type, state, jsonb_build_array(attempt),
    case state when 'retrying' then next_at when 'delivered' then now() + ${KEEP_DELIVERED} else now() + ${KEEP_FAILED} end
  from mine, results
  order by results.era, results.xid, results.event_id
  on conflict (account_id, webhook_id, era, xid, event_id) do update set state = excluded.state, due_at = excluded.due_at,
    attempts = case when (select bool_or(is_first) from results where results.era = excluded.era and results.xid = excluded.xid
        and results.event_id = excluded.event_id)
      then excluded.attempts else webhook_deliveries.attempts || excluded.attempts end
), given_up as (
  update webhook_deliveries set state = 'failed', due_at = now() + ${KEEP_FAILED} from mine
  where $15::text is not null and webhook_deliveries.account_id = $1 and webhook_id = $2 and state = 'retrying'
    and not exists (
      select from results where results.era = webhook_deliveries.era and results.xid = webhook_deliveries.xid
        and results.event_id = webhook_deliveries.event_id
    )
)
update webhooks set era = $12::smallint, xid = $13::xid8, event_id = $14::bigint,
  disabled_reason = coalesce($15, disabled_reason), failures = $16::int, failing_since = $17::timestamptz,
  resume_at = $18::timestamptz,
  claimed_by = case when $19::boolean then null else claimed_by end,
  claimed_until = case when $19::boolean then now() else now() + $20::float8 * interval '1 millisecond' end
where account_id = $1 and id = $2 and exists (select from mine)
returning ${WEBHOOK_COLUMNS}`;

const REMOVE_OLD = `
with old as materialized (
  select account_id, webhook_id, era, xid, event_id from webhook_deliveries
  where state <> 'retrying' and due_at <= now() order by due_at limit $1 for update skip locked
), removed as (
  delete from webhook_deliveries as deliveries using old
  where deliveries.account_id = old.account_id and deliveries.webhook_id = old.webhook_id
    and deliveries.era = old.era and deliveries.xid = old.xid and deliveries.event_id = old.event_id
  returning true
)
select count(*)::int as removed from removed`;

const LIST_ACCOUNTS = `select distinct account_id from webhooks where disabled_reason is null limit $1`;

/** Of webhooks that are delivered to; where there are many, of some. */
const OLDEST = `
with fit as materialized (
  select account_id, id, era, xid, event_id from webhooks where disabled_reason is null limit $1
)
select (extract(epoch from least(
  (select min(waiting.created_at) from fit cross join lateral (
    select created_at from events where ${laterThan('fit')} order by events.era, events.xid, events.id limit 1
  ) waiting),
  (select min((failing.attempts -> 0 ->> 'at')::timestamptz) from fit cross join lateral (
    select attempts from webhook_deliveries as deliveries
    where deliveries.account_id = fit.account_id and deliveries.webhook_id = fit.id and state = 'retrying'
    order by due_at limit 1
  ) failing)
)) * 1000)::float8 as oldest_ms`;

export function createClaimWebhooksStatement({ accountIds, after, owner, leaseMs, ...query }: ClaimQuery): Statement {
  const { accountId, id } = after ?? FIRST;
  const values = [query.maxCount, owner, leaseMs, query.exceptAccountIds, query.maxPerAccount, accountId, id];
  if (accountIds === null) return { name: 'claim-webhooks', text: CLAIM_ANY, values };
  return { name: 'claim-webhooks-of-accounts', text: CLAIM_OF_ACCOUNTS, values: [...values, accountIds] };
}

/** In every row. */
export function toNextWebhook([row]: readonly Row[]): Id | null {
  if (row === undefined || row.next_id === null) return null;
  return { accountId: row.next_account_id as string, id: row.next_id as string };
}

export function createListDueStatement({ accountId, id }: Id, { maxCount }: { readonly maxCount: number }): Statement {
  return { name: 'list-due-deliveries', text: LIST_DUE, values: [accountId, id, maxCount] };
}

export function createListDeliveriesStatement({ accountId, id, failed, before, maxCount }: DeliveryQuery): Statement {
  const place = before === null ? [null, null, null] : [before.era, before.xid.toString(), before.id.toString()];
  return {
    name: failed ? 'list-failed-deliveries' : 'list-deliveries',
    text: failed ? LIST_FAILED : LIST_ALL,
    values: [accountId, id, ...place, maxCount],
  };
}

export function createRecordStatement(batch: RecordedBatch): Statement {
  const { accountId, id, owner, position, results, health, leaseMs, release } = batch;
  return {
    name: 'record-deliveries',
    text: RECORD,
    values: [
      accountId,
      id,
      owner,
      results.map((result) => result.position.era),
      results.map((result) => result.position.xid.toString()),
      results.map((result) => result.position.id.toString()),
      results.map(({ eventId }) => eventId),
      results.map(({ type }) => type),
      results.map(({ state }) => state),
      results.map(({ attempt }) => JSON.stringify(attempt)),
      results.map(({ nextAttemptAt }) => nextAttemptAt?.toISOString() ?? null),
      position.era,
      position.xid.toString(),
      position.id.toString(),
      health.disabledReason,
      health.failures,
      health.failingSince?.toISOString() ?? null,
      health.resumeAt?.toISOString() ?? null,
      release,
      leaseMs,
      results.map(({ isFirst }) => isFirst),
    ],
  };
}

export function createRemoveOldStatement({ limit }: { readonly limit: number }): Statement {
  return { name: 'remove-old-deliveries', text: REMOVE_OLD, values: [limit] };
}

export function createListAccountsStatement({ maxCount }: { readonly maxCount: number }): Statement {
  return { name: 'list-delivering-accounts', text: LIST_ACCOUNTS, values: [maxCount] };
}

export function createFindOldestStatement(): Statement {
  return { name: 'find-oldest-undelivered', text: OLDEST, values: [LOOKED_AT_FOR_OLDEST] };
}

type StoredAttempt = Omit<Attempt, 'at'> & { readonly at: string };

export function toDelivery(row: Row): Delivery {
  const attempts = JSON.parse(row.attempts as string) as readonly StoredAttempt[];
  const state = row.state as Delivery['state'];
  return {
    accountId: row.account_id as string,
    webhookId: row.webhook_id as string,
    position: { era: row.era as number, xid: BigInt(row.xid as string), id: BigInt(row.event_id as string) },
    eventId: row.public_id as string,
    type: row.type as string,
    state,
    attempts: attempts.map(({ at, ...attempt }) => ({ ...attempt, at: new Date(at) })),
    nextAttemptAt: state === 'retrying' ? new Date(row.due_ms as number) : null,
  };
}
