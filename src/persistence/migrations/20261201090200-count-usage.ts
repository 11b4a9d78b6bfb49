// What each account uses, counted by the database itself in the transactions that change it, and what it may use.
import { Migration } from '@mikro-orm/migrations';

/*
 * One account's counts lie in several rows, which are added up: transactions of several connections seldom wait for each other
 * then. A row may be negative. It is written when all else of its statement is done, so that whoever has it waits for nothing
 * but the commit.
 */
const SLOTS = 16;
const CREATE_SLOT = `create function usage_slot() returns smallint language sql volatile as $$
  select (pg_backend_pid() % ${SLOTS})::smallint
$$`;

/** Of many rows of one statement the sums are added, once for each account, in one order. */
const CREATE_COUNT_RESOURCES = `create function count_resources() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into account_usage as counted (account_id, slot, resources, bytes)
    select account_id, usage_slot(), count(*), sum(size_bytes) from added group by account_id order by account_id
    on conflict (account_id, slot) do update
      set resources = counted.resources + excluded.resources, bytes = counted.bytes + excluded.bytes;
  elsif tg_op = 'DELETE' then
    insert into account_usage as counted (account_id, slot, resources, bytes)
    select account_id, usage_slot(), -count(*), -sum(size_bytes) from removed group by account_id order by account_id
    on conflict (account_id, slot) do update
      set resources = counted.resources + excluded.resources, bytes = counted.bytes + excluded.bytes;
  else
    insert into account_usage as counted (account_id, slot, resources, bytes)
    select account_id, usage_slot(), 0, sum(bytes) from (
      select account_id, size_bytes as bytes from added union all select account_id, -size_bytes from removed
    ) changed group by account_id having sum(bytes) <> 0 order by account_id
    on conflict (account_id, slot) do update set bytes = counted.bytes + excluded.bytes;
  end if;
  return null;
end
$$`;

/** What an upload keeps for its bytes, those that have arrived and those that will. */
const CREATE_RESERVED = `create function reserved_by(state text, reserved_bytes bigint, size_bytes bigint, offset_bytes bigint)
returns bigint language sql immutable parallel safe as $$
  select case when state in ('open', 'complete') then greatest(reserved_bytes, coalesce(size_bytes, offset_bytes)) else 0 end
$$`;

const CREATE_COUNT_UPLOADS = `create function count_uploads() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into account_usage as counted (account_id, slot, reserved_bytes)
    select account_id, usage_slot(), sum(reserved_by(state, reserved_bytes, size_bytes, offset_bytes)) from added
    group by account_id order by account_id
    on conflict (account_id, slot) do update set reserved_bytes = counted.reserved_bytes + excluded.reserved_bytes;
  elsif tg_op = 'DELETE' then
    insert into account_usage as counted (account_id, slot, reserved_bytes)
    select account_id, usage_slot(), -sum(reserved_by(state, reserved_bytes, size_bytes, offset_bytes)) from removed
    group by account_id order by account_id
    on conflict (account_id, slot) do update set reserved_bytes = counted.reserved_bytes + excluded.reserved_bytes;
  else
    insert into account_usage as counted (account_id, slot, reserved_bytes)
    select account_id, usage_slot(), sum(bytes) from (
      select account_id, reserved_by(state, reserved_bytes, size_bytes, offset_bytes) as bytes from added
      union all select account_id, -reserved_by(state, reserved_bytes, size_bytes, offset_bytes) from removed
    ) changed group by account_id having sum(bytes) <> 0 order by account_id
    on conflict (account_id, slot) do update set reserved_bytes = counted.reserved_bytes + excluded.reserved_bytes;
  end if;
  return null;
end
$$`;

/** A quota of so much is none. */
const NONE = Number.MAX_SAFE_INTEGER;

/*
 * What is left of an account's quotas; null where it has none. Whoever is to add something asks in the same transaction,
 * and whoever asks next waits for its end: nobody else adds meanwhile. A volatile function takes a fresh snapshot for each
 * of its statements, unlike the statement that calls it, so that it sees what was committed while it waited.
 */
const CREATE_ROOM = `create function account_room(of_account text, usual_bytes bigint, usual_resources bigint,
  out bytes_left bigint, out resources_left bigint) language plpgsql volatile as $$
declare
  own account_quotas%rowtype;
begin
  select * into own from account_quotas where account_id = of_account;
  bytes_left := nullif(coalesce(own.max_bytes, usual_bytes), ${NONE});
  resources_left := nullif(coalesce(own.max_resources, usual_resources), ${NONE});
  if bytes_left is null and resources_left is null then return; end if;
  perform pg_advisory_xact_lock(hashtextextended(of_account, 7072));
  select bytes_left - coalesce(sum(bytes + reserved_bytes + version_bytes + trashed_bytes), 0),
    resources_left - coalesce(sum(resources + trashed_resources), 0)
  into bytes_left, resources_left from account_usage where account_id = of_account;
end
$$`;

const toTriggers = (table: string) => [
  `create trigger "${table}_added" after insert on "${table}" referencing new table as added
    for each statement execute function count_${table}()`,
  `create trigger "${table}_removed" after delete on "${table}" referencing old table as removed
    for each statement execute function count_${table}()`,
  `create trigger "${table}_changed" after update on "${table}" referencing old table as removed new table as added
    for each statement execute function count_${table}()`,
];

export class Migration20261201090200 extends Migration {
  override name = 'Migration20261201090200';

  override up(): void | Promise<void> {
    this.addSql(`alter table "uploads" add "reserved_bytes" bigint not null default 0;`);
    this.addSql(
      `create table "account_usage" ("account_id" text collate "C" not null, "slot" smallint not null, "resources" bigint not null default 0, "bytes" bigint not null default 0, "reserved_bytes" bigint not null default 0, "version_bytes" bigint not null default 0, "trashed_resources" bigint not null default 0, "trashed_bytes" bigint not null default 0, primary key ("account_id", "slot")) with (fillfactor = 50);`,
    );
    this.addSql(
      `create table "account_quotas" ("account_id" text collate "C" not null, "max_bytes" bigint null, "max_resources" bigint null, primary key ("account_id"));`,
    );
    for (const statement of [
      CREATE_SLOT,
      CREATE_COUNT_RESOURCES,
      CREATE_RESERVED,
      CREATE_COUNT_UPLOADS,
      CREATE_ROOM,
      // Nothing is added between the count of what there is and the first trigger.
      `lock table resources, uploads in share row exclusive mode`,
      ...toTriggers('resources'),
      ...toTriggers('uploads'),
      `insert into account_usage (account_id, slot, resources, bytes)
        select account_id, 0, count(*), sum(size_bytes) from resources group by account_id`,
      `insert into account_usage as counted (account_id, slot, reserved_bytes)
        select account_id, 0, sum(reserved_by(state, reserved_bytes, size_bytes, offset_bytes)) from uploads group by account_id
        on conflict (account_id, slot) do update set reserved_bytes = excluded.reserved_bytes`,
    ]) {
      this.addSql(statement);
    }
  }

  override down(): void | Promise<void> {
    for (const table of ['resources', 'uploads']) {
      for (const what of ['added', 'removed', 'changed']) this.addSql(`drop trigger "${table}_${what}" on "${table}";`);
    }
    for (const name of ['count_resources()', 'count_uploads()', 'account_room(text, bigint, bigint)', 'usage_slot()']) {
      this.addSql(`drop function ${name};`);
    }
    this.addSql(`drop function reserved_by(text, bigint, bigint, bigint);`);
    this.addSql(`drop table if exists "account_quotas" cascade;`);
    this.addSql(`drop table if exists "account_usage" cascade;`);
    this.addSql(`alter table "uploads" drop column "reserved_bytes";`);
  }
}
