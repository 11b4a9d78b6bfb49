// The trash: deleted resources, apart from those that are there, so that nothing which reads them has to know of it.
import { Migration } from '@mikro-orm/migrations';

/** Of many rows of one statement the sums are added, once for each account, in one order. Its rows never change. */
const CREATE_COUNT = `create function count_trash() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into account_usage as counted (account_id, slot, trashed_resources, trashed_bytes)
    select account_id, usage_slot(), count(*), sum(size_bytes) from added group by account_id order by account_id
    on conflict (account_id, slot) do update set trashed_resources = counted.trashed_resources + excluded.trashed_resources,
      trashed_bytes = counted.trashed_bytes + excluded.trashed_bytes;
  else
    insert into account_usage as counted (account_id, slot, trashed_resources, trashed_bytes)
    select account_id, usage_slot(), -count(*), -sum(size_bytes) from removed group by account_id order by account_id
    on conflict (account_id, slot) do update set trashed_resources = counted.trashed_resources + excluded.trashed_resources,
      trashed_bytes = counted.trashed_bytes + excluded.trashed_bytes;
  end if;
  return null;
end
$$`;

export class Migration20261202090100 extends Migration {
  override name = 'Migration20261202090100';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "trash" ("account_id" text collate "C" not null, "id" uuid not null, "blob_id" uuid not null, "directory_path" text collate "C" not null, "name" text collate "C" not null, "mime_type" text collate "C" not null, "size_bytes" bigint not null, "original_uri" text null, "external_id" text null, "external_storage_type" text null, "metadata" json null, "tags" text[] not null, "created_by" text collate "C" null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null, "replaced_at" timestamptz(3) null, "replaced_by" text collate "C" null, "deleted_at" timestamptz(3) not null, "deleted_by" text collate "C" null, "deletion_id" uuid null, "deleted_path" text collate "C" null, primary key ("account_id", "id"));`,
    );
    this.addSql(`create index "trash_blob_id_index" on "trash" ("account_id", "blob_id");`);
    this.addSql(`create index "trash_account_id_deleted_at_index" on "trash" ("account_id", "deleted_at", "id");`);
    this.addSql(`create index "trash_deletion_id_index" on "trash" ("account_id", "deletion_id", "id");`);
    this.addSql(`create index "trash_deleted_at_index" on "trash" ("deleted_at");`);
    this.addSql(
      `alter table "trash" add constraint "trash_account_id_blob_id_foreign" foreign key ("account_id", "blob_id") references "blobs" ("account_id", "id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "trash" add constraint "trash_external_storage_type_check" check ("external_storage_type" in ('s3', 'gcs', 'azure_blob'));`,
    );
    this.addSql(CREATE_COUNT);
    this.addSql(`create trigger "trash_added" after insert on "trash" referencing new table as added
      for each statement execute function count_trash()`);
    this.addSql(`create trigger "trash_removed" after delete on "trash" referencing old table as removed
      for each statement execute function count_trash()`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "trash" cascade;`);
    this.addSql(`drop function count_trash();`);
    this.addSql(`update "account_usage" set "trashed_resources" = 0, "trashed_bytes" = 0;`);
  }
}
