// Uploads: contents on their way, in one request or in many, that every gateway on this database can go on with.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261128090000 extends Migration {
  override name = 'Migration20261128090000';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "uploads" ("account_id" text collate "C" not null, "id" uuid not null, "created_by" text collate "C" null, "method" text not null, "state" text not null, "size_bytes" bigint null, "offset_bytes" bigint not null, "part_size_bytes" bigint null, "expected_sha256" varchar(64) collate "C" null, "mime_type" text null, "resource" json null, "sent_metadata" text null, "storage_bucket" text not null, "storage_key" text not null, "kept" json null, "sha256" varchar(64) collate "C" null, "resource_id" uuid null, "error" json null, "holder" uuid null, "held_until" timestamptz(3) null, "is_wanted" boolean not null, "created_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "due_at" timestamptz(3) not null, primary key ("account_id", "id"));`,
    );
    this.addSql(`create index "uploads_storage_key_index" on "uploads" ("storage_key");`);
    this.addSql(`create index "uploads_due_at_index" on "uploads" ("due_at");`);

    this.addSql(
      `alter table "uploads" add constraint "uploads_method_check" check ("method" in ('resumable', 'direct'));`,
    );
    this.addSql(
      `alter table "uploads" add constraint "uploads_state_check" check ("state" in ('open', 'complete', 'consumed', 'failed'));`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "uploads" cascade;`);
  }
}
