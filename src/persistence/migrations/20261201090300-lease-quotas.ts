// Gateways lease a part of what an account has left, so that creates of one account need not wait for each other.
import { Migration } from '@mikro-orm/migrations';

/** A quota of so much is none. */
const NONE = Number.MAX_SAFE_INTEGER;
const MAX_LEASE_BYTES = 1024 ** 3;
const MIN_LEASE_BYTES = 1024 ** 2;
const MAX_LEASE_RESOURCES = 10_000;
const MIN_LEASE_RESOURCES = 256;
/** A lease takes such a part of what is left, so that nearly all is left to others. */
const PART = 8;

/*
 * What is left of an account's quotas; null where it has none. Whoever is to add something asks in the same transaction.
 *
 * Without a lease the account is locked: whoever asks next waits for the end, and nobody else adds meanwhile. What others have
 * leased is taken off; when the rest does not do, all leases end, and what is left is known exactly. With `wanted_lease` a part of
 * the rest is leased, under that id.
 *
 * Who adds less than its lease locks the account in common with others that do, and only looks whether the lease still is
 * there: a lease ends when none of its adders is under way, and what they have added is counted then. Its holder keeps
 * account of what it adds. `is_lost`: the lease has ended, nothing may be added. A volatile function takes a fresh snapshot for
 * each of its statements, unlike the statement that calls it, so that it sees what was committed while it waited.
 */
const CREATE_ROOM = `create function account_room(of_account text, usual_bytes bigint, usual_resources bigint,
  needed_bytes bigint, needed_resources bigint, held_lease uuid, dropped_lease uuid, wanted_lease uuid,
  out bytes_left bigint, out resources_left bigint, out is_lost boolean, out is_leased boolean,
  out leased_bytes bigint, out leased_resources bigint) language plpgsql volatile as $$
declare
  own account_quotas%rowtype;
  lock_key bigint := hashtextextended(of_account, 7072);
  others_bytes bigint;
  others_resources bigint;
begin
  is_lost := false;
  is_leased := false;
  if held_lease is not null then
    perform pg_advisory_xact_lock_shared(lock_key);
    is_lost := not exists (select from account_leases where account_id = of_account and id = held_lease);
    return;
  end if;
  select * into own from account_quotas where account_id = of_account;
  bytes_left := nullif(coalesce(own.max_bytes, usual_bytes), ${NONE});
  resources_left := nullif(coalesce(own.max_resources, usual_resources), ${NONE});
  if bytes_left is null and resources_left is null then return; end if;
  perform pg_advisory_xact_lock(lock_key);
  if dropped_lease is not null then
    delete from account_leases where account_id = of_account and id = dropped_lease;
  end if;
  select bytes_left - coalesce(sum(bytes + reserved_bytes + version_bytes + trashed_bytes), 0),
    resources_left - coalesce(sum(resources + trashed_resources), 0)
  into bytes_left, resources_left from account_usage where account_id = of_account;
  select coalesce(sum(bytes), 0), coalesce(sum(resources), 0) into others_bytes, others_resources
  from account_leases where account_id = of_account;
  if others_bytes + others_resources > 0 then
    if needed_bytes > bytes_left - others_bytes or needed_resources > resources_left - others_resources then
      delete from account_leases where account_id = of_account;
    else
      bytes_left := bytes_left - others_bytes;
      resources_left := resources_left - others_resources;
    end if;
  end if;
  if wanted_lease is null then return; end if;
  leased_bytes := least(${MAX_LEASE_BYTES}, case when bytes_left is not null then (bytes_left - needed_bytes) / ${PART} end);
  leased_resources :=
    least(${MAX_LEASE_RESOURCES}, case when resources_left is not null then (resources_left - needed_resources) / ${PART} end);
  is_leased := leased_bytes >= ${MIN_LEASE_BYTES} and leased_resources >= ${MIN_LEASE_RESOURCES};
  if is_leased then
    insert into account_leases (account_id, id, bytes, resources)
    values (of_account, wanted_lease, leased_bytes, leased_resources);
  end if;
end
$$`;

/** What is left exactly, whatever is leased: as gateways of the earlier version ask, and whoever seldom does. */
const CREATE_EXACT_ROOM = `create or replace function account_room(of_account text, usual_bytes bigint,
  usual_resources bigint, out bytes_left bigint, out resources_left bigint) language plpgsql volatile as $$
begin
  select room.bytes_left, room.resources_left into bytes_left, resources_left
  from account_room(of_account, usual_bytes, usual_resources, ${NONE}, ${NONE}, null, null, null) as room;
end
$$`;

export class Migration20261201090300 extends Migration {
  override name = 'Migration20261201090300';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "account_leases" ("account_id" text collate "C" not null, "id" uuid not null, "bytes" bigint not null, "resources" bigint not null, primary key ("account_id", "id"));`,
    );
    this.addSql(CREATE_ROOM);
    this.addSql(CREATE_EXACT_ROOM);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop function account_room(text, bigint, bigint, bigint, bigint, uuid, uuid, uuid);`);
    this.addSql(`drop table if exists "account_leases" cascade;`);
  }
}
