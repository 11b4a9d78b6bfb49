// The statements that keep webhooks.
import { sql } from 'kysely';
import type { EventType } from '../../domain/events/event.ts';
import type { Webhook, WebhookChange } from '../../domain/webhooks/webhook.ts';
import { type Row, type Statement, toMsText } from '../database/database.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';

type Id = { readonly accountId: string; readonly id: string };

/** What `toWebhook` reads. */
export const WEBHOOK_COLUMNS = `account_id, id, url, types, directory_path, description, disabled_reason, secret,
  previous_secret, ${toMsText('previous_secret_until')} as previous_until_ms, era, xid::text as xid, event_id::text as event_id,
  failures, ${toMsText('failing_since')} as failing_ms, ${toMsText('resume_at')} as resume_ms, created_by,
  ${toMsText('created_at')} as created_ms, ${toMsText('updated_at')} as updated_ms`;

const FIND = `select ${WEBHOOK_COLUMNS} from webhooks where account_id = $1 and id = $2`;
const LIST = `select ${WEBHOOK_COLUMNS} from webhooks where account_id = $1 order by id`;

/** So that two inserts for one account count one after the other. */
const LOCK_ACCOUNT = `select pg_advisory_xact_lock(hashtextextended('webhooks ' || $1::text, 0))::text as locked`;

/** To be run after the lock is taken; gives no row when the account has as many as it may. */
const INSERT = `
insert into webhooks (account_id, id, url, types, directory_path, description, secret, era, xid, event_id, failures,
  created_by, created_at, updated_at)
select $1, $2::uuid, $3, $4::text[], $5, $6, $7, $8::smallint, $9::xid8, $10::bigint, 0, $11, $12::timestamptz, $12::timestamptz
where (select count(*) from webhooks where account_id = $1) < $13::int
returning true as inserted`;

/*
 * Null leaves a value as it is, but for those that say beside them whether they are meant. Whoever delivers meanwhile does so by
 * what the webhook was: its claim is taken away, so that what it does is not recorded, when that would be wrong now. Enabled
 * again, it is as if it had never failed.
 */
const UPDATE = `
update webhooks set url = coalesce($3, url),
  types = case when $4::boolean then $5::text[] else types end,
  directory_path = case when $6::boolean then $7 else directory_path end,
  description = case when $8::boolean then $9 else description end,
  previous_secret = case when $10::text is null then previous_secret else secret end,
  previous_secret_until = case when $10::text is null then previous_secret_until else $11::timestamptz end,
  secret = coalesce($10, secret),
  era = coalesce($12::smallint, era), xid = coalesce($13::xid8, xid), event_id = coalesce($14::bigint, event_id),
  claimed_by = case when $12::smallint is null and $15::boolean is null then claimed_by end,
  claimed_until = case when $12::smallint is null and $15::boolean is null then claimed_until end,
  disabled_reason = case $15::boolean when true then null when false then coalesce(disabled_reason, 'by_hand')
    else disabled_reason end,
  failures = case when $15::boolean then 0 else failures end,
  failing_since = case when $15::boolean then null else failing_since end,
  resume_at = case when $15::boolean then null else resume_at end,
  updated_at = $16::timestamptz
where account_id = $1 and id = $2
returning ${WEBHOOK_COLUMNS}`;

export function createFindWebhookStatement({ accountId, id }: Id): Statement {
  return { name: 'find-webhook', text: FIND, values: [accountId, id] };
}

export function createListWebhooksStatement({ accountId }: Pick<Id, 'accountId'>): Statement {
  return { name: 'list-webhooks', text: LIST, values: [accountId] };
}

export function createLockAccountStatement({ accountId }: Pick<Id, 'accountId'>): Statement {
  return { name: 'lock-webhooks', text: LOCK_ACCOUNT, values: [accountId] };
}

export function createInsertWebhookStatement(webhook: Webhook, { maxCount }: { readonly maxCount: number }): Statement {
  const { accountId, id, url, filter, description, secret, position, createdBy, createdAt } = webhook;
  const { types, directoryPath } = filter;
  const place = [position.era, position.xid.toString(), position.id.toString()];
  const about = [accountId, id, url, types, directoryPath, description, secret];
  return {
    name: 'insert-webhook',
    text: INSERT,
    values: [...about, ...place, createdBy, createdAt.toISOString(), maxCount],
  };
}

export function createUpdateWebhookStatement({ accountId, id }: Id, change: WebhookChange): Statement {
  const { types, directoryPath, description, secret, position, isEnabled = null } = change;
  return {
    name: 'update-webhook',
    text: UPDATE,
    values: [
      accountId,
      id,
      change.url ?? null,
      types !== undefined,
      types ?? null,
      directoryPath !== undefined,
      directoryPath ?? null,
      description !== undefined,
      description ?? null,
      secret?.secret ?? null,
      secret?.previousUntil.toISOString() ?? null,
      position?.era ?? null,
      position?.xid.toString() ?? null,
      position?.id.toString() ?? null,
      isEnabled,
      change.updatedAt.toISOString(),
    ],
  };
}

export const createDeleteWebhookStatement = prepare('delete-webhook', ({ accountId, id }: Bound<Id>) =>
  db
    .deleteFrom('webhooks')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .returning(sql<boolean>`true`.as('deleted')),
);

/** The casts rest on the schema. */
export function toWebhook(row: Row): Webhook {
  const toDate = (ms: unknown) => (ms === null ? null : new Date(ms as number));
  const until = toDate(row.previous_until_ms);
  const previousSecret = row.previous_secret as string | null;
  return {
    accountId: row.account_id as string,
    id: row.id as string,
    url: row.url as string,
    filter: {
      types: row.types as EventType[] | null,
      resourceId: null,
      directoryPath: row.directory_path as string | null,
    },
    description: row.description as string | null,
    disabledReason: row.disabled_reason as Webhook['disabledReason'],
    secret: row.secret as string,
    previousSecret: previousSecret === null || until === null ? null : { secret: previousSecret, until },
    position: { era: row.era as number, xid: BigInt(row.xid as string), id: BigInt(row.event_id as string) },
    failures: row.failures as number,
    failingSince: toDate(row.failing_ms),
    resumeAt: toDate(row.resume_ms),
    createdBy: row.created_by as string | null,
    createdAt: new Date(row.created_ms as number),
    updatedAt: new Date(row.updated_ms as number),
  };
}
