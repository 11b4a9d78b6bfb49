// Webhooks, and what has become of the events that they are told of.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261129100000 extends Migration {
  override name = 'Migration20261129100000';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "webhooks" ("account_id" text collate "C" not null, "id" uuid not null, "url" text not null, "types" text[] null, "directory_path" text collate "C" null, "description" text null, "disabled_reason" text null, "secret" text not null, "previous_secret" text null, "previous_secret_until" timestamptz(3) null, "era" smallint not null, "xid" xid8 not null, "event_id" bigint not null, "failures" int not null, "failing_since" timestamptz(3) null, "resume_at" timestamptz(3) null, "claimed_by" uuid null, "claimed_until" timestamptz(3) null, "created_by" text null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, primary key ("account_id", "id"));`,
    );
    this.addSql(
      `alter table "webhooks" add constraint "webhooks_disabled_reason_check" check ("disabled_reason" in ('gone', 'failing', 'by_hand'));`,
    );

    this.addSql(
      `create table "webhook_deliveries" ("account_id" text collate "C" not null, "webhook_id" uuid not null, "era" smallint not null, "xid" xid8 not null, "event_id" bigint not null, "public_id" uuid not null, "type" text not null, "state" text not null, "attempts" jsonb not null, "due_at" timestamptz(3) not null, primary key ("account_id", "webhook_id", "era", "xid", "event_id"));`,
    );
    this.addSql(
      `create index "webhook_deliveries_retry_index" on "webhook_deliveries" ("account_id", "webhook_id", "due_at") where state = 'retrying';`,
    );
    this.addSql(
      `create index "webhook_deliveries_removal_index" on "webhook_deliveries" ("due_at") where state <> 'retrying';`,
    );
    this.addSql(
      `create index "webhook_deliveries_failed_index" on "webhook_deliveries" ("account_id", "webhook_id", "era", "xid", "event_id") where state <> 'delivered';`,
    );
    this.addSql(
      `alter table "webhook_deliveries" add constraint "webhook_deliveries_state_check" check ("state" in ('delivered', 'retrying', 'failed'));`,
    );
    this.addSql(
      `alter table "webhook_deliveries" add constraint "webhook_deliveries_account_id_webhook_id_foreign" foreign key ("account_id", "webhook_id") references "webhooks" ("account_id", "id") on update restrict on delete cascade;`,
    );
  }
}
