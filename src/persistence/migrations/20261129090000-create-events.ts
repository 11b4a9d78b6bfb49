// The log of events: what every change tells, where the log stands, and what keeps it small.
import { Migration } from '@mikro-orm/migrations';

const EVENT_SLOTS = 12;
const SLOT_SECONDS = 5 * 86_400;

/*
 * The order of events. A transaction's own xid is taken at its first write, and it may wait for others afterwards: of many
 * rows that it deletes, for one that another is changing. That other has a higher xid and commits first. So an event
 * carries the highest xid that had ended when its row was written, if that is above its own: it then comes after whatever its
 * change waited for. A transaction's events are never below its own xid, so that whoever reads below the lowest xid that is
 * still running misses none. A volatile function takes a fresh snapshot, unlike the statement that calls it.
 */
const CREATE_STAMP = `create function event_stamp() returns xid8 language plpgsql volatile as $$
begin
  return greatest(pg_current_xact_id(), (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text::xid8);
end
$$`;

/** By the time of writing, not that of the transaction: what a slot holds was written in its days, however late it commits. */
const CREATE_SLOT = `create function event_slot() returns smallint language sql volatile as $$
  select (floor(date_part('epoch', clock_timestamp()) / ${SLOT_SECONDS})::bigint % ${EVENT_SLOTS})::smallint
$$`;

/*
 * Which history the xids belong to. A row that was copied into another database, by a dump or by replication, was not
 * written by the transaction that it names; a server that went on from a backup, or took over, has another timeline.
 */
const CREATE_TIMELINE = `create function event_timeline() returns text language sql volatile as $$
  select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
$$`;

/**
 * Begins a new epoch when the history is another one, and then a new era as well if the rows were copied: their xids mean
 * nothing here, and events of the new era come after all of them, whatever their xids are. The first epoch is begun in this
 * way too: a migration runs below a savepoint, whose rows have another xid than its transaction.
 */
const CREATE_RENEW = `create function renew_event_log(new_epoch text) returns void language plpgsql volatile as $$
declare
  state event_log%rowtype;
  is_copied boolean;
begin
  select * into state from event_log where name = 'events' for update;
  is_copied := state.epoch <> '' and state.written_by::xid is distinct from (select xmin from event_log where name = 'events');
  if state.epoch <> '' and not is_copied and state.timeline = event_timeline() then return; end if;
  if is_copied then
    state.era := state.era + 1;
    execute format('alter table events alter column era set default %s', state.era);
  end if;
  update event_log set epoch = new_epoch, era = state.era, timeline = event_timeline(), written_by = pg_current_xact_id()
  where name = 'events';
end
$$`;

/** Empties one slot, all its partitions should the table be partitioned by account above the slots; says if it held anything. */
const CREATE_EMPTY = `create function empty_event_slot(number int) returns boolean language plpgsql volatile as $$
declare
  leaf regclass;
  is_full boolean;
  was_full boolean := false;
begin
  for leaf in
    select relid::regclass from pg_partition_tree('events') join pg_class on pg_class.oid = relid
    where isleaf and pg_get_expr(relpartbound, relid) in (format('FOR VALUES IN (''%s'')', number), format('FOR VALUES IN (%s)', number))
  loop
    execute format('select exists (select from %s)', leaf) into is_full;
    if is_full then
      execute format('truncate %s', leaf);
      was_full := true;
    end if;
  end loop;
  return was_full;
end
$$`;

export class Migration20261129090000 extends Migration {
  override name = 'Migration20261129090000';

  override up(): void | Promise<void> {
    this.addSql(CREATE_STAMP);
    this.addSql(CREATE_SLOT);
    this.addSql(CREATE_TIMELINE);
    this.addSql(`create sequence "events_id_seq" as bigint;`);
    this.addSql(
      `create table "events" ("account_id" text collate "C" not null, "era" smallint not null default 0, "xid" xid8 not null default event_stamp(), "id" bigint not null default nextval('events_id_seq'), "slot" smallint not null default event_slot(), "type" text collate "C" not null, "subject" uuid null, "directory_path" text collate "C" not null, "other_path" text collate "C" null, "data" json not null, "created_at" timestamptz(3) not null default now(), primary key ("account_id", "era", "xid", "id", "slot")) partition by list ("slot");`,
    );
    for (let slot = 0; slot < EVENT_SLOTS; slot += 1) {
      this.addSql(`create table "events_slot_${slot}" partition of "events" for values in (${slot});`);
    }

    this.addSql(
      `create table "event_log" ("name" text not null, "epoch" text not null, "era" smallint not null, "timeline" text not null, "written_by" xid8 not null, "dropped_era" smallint not null, "dropped_xid" xid8 not null, primary key ("name"));`,
    );
    this.addSql(`insert into "event_log" values ('events', '', 0, '', '0', 0, '0');`);
    this.addSql(
      `create table "event_marks" ("seen_at" timestamptz(3) not null, "era" smallint not null, "xid" xid8 not null, primary key ("seen_at"));`,
    );
    this.addSql(CREATE_RENEW);
    this.addSql(CREATE_EMPTY);
  }
}
