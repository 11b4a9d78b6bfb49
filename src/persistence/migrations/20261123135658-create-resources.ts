// The first tables: blobs, resources, resource_tags.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261123135658 extends Migration {
  override name = 'Migration20261123135658';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "blobs" ("id" uuid not null, "account_id" text collate "C" not null, "sha256" varchar(64) collate "C" not null, "size_bytes" bigint not null, "storage_bucket" text not null, "storage_key" text not null, "content" bytea null, "created_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`alter table "blobs" add constraint "blobs_account_id_sha256_unique" unique ("account_id", "sha256");`);

    this.addSql(
      `create table "resources" ("id" uuid not null, "account_id" text collate "C" not null, "directory_path" text collate "C" not null, "name" text collate "C" not null, "mime_type" text not null, "blob_id" uuid not null, "original_uri" text null, "external_id" text null, "external_storage_type" text null, "metadata" json null, "created_by" text null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`create index "resources_blob_id_index" on "resources" ("blob_id");`);
    this.addSql(
      `alter table "resources" add constraint "resources_account_id_directory_path_name_unique" unique ("account_id", "directory_path", "name");`,
    );
    this.addSql(
      `alter table "resources" add constraint "resources_external_storage_type_check" check ("external_storage_type" in ('s3', 'gcs', 'azure_blob'));`,
    );

    this.addSql(
      `create table "resource_tags" ("resource_id" uuid not null, "position" smallint not null, "tag" text collate "C" not null, primary key ("resource_id", "position"));`,
    );

    this.addSql(
      `alter table "resources" add constraint "resources_blob_id_foreign" foreign key ("blob_id") references "blobs" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(
      `alter table "resource_tags" add constraint "resource_tags_resource_id_foreign" foreign key ("resource_id") references "resources" ("id") on update restrict on delete cascade;`,
    );
  }
}
