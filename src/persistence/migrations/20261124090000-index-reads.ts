// What lists are filtered and ordered by gets its indexes; a resource tells its size itself, so that one can order by it.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261124090000 extends Migration {
  override name = 'Migration20261124090000';

  override up(): void | Promise<void> {
    this.addSql(`alter table "resources" add "size_bytes" bigint null;`);
    this.addSql(
      `update "resources" set "size_bytes" = "blobs"."size_bytes" from "blobs" where "blobs"."id" = "resources"."blob_id";`,
    );
    this.addSql(`alter table "resources" alter "size_bytes" set not null;`);
    this.addSql(
      `alter table "resources" alter "mime_type" type text collate "C", alter "created_by" type text collate "C";`,
    );

    this.addSql(`alter table "resources" drop constraint "resources_account_id_directory_path_name_unique";`);
    this.addSql(
      `alter table "resources" add constraint "resources_account_id_directory_path_name_unique" unique ("account_id", "directory_path", "name") include ("size_bytes");`,
    );
    this.addSql(`create index "resources_created_at_index" on "resources" ("account_id", "created_at", "id");`);
    this.addSql(`create index "resources_name_index" on "resources" ("account_id", "name", "id");`);
    this.addSql(`create index "resources_size_bytes_index" on "resources" ("account_id", "size_bytes", "id");`);
    this.addSql(`create index "resources_updated_at_index" on "resources" ("account_id", "updated_at");`);
    this.addSql(
      `create index "resources_created_by_index" on "resources" ("account_id", "created_by", "created_at", "id");`,
    );
    this.addSql(
      `create index "resources_mime_type_index" on "resources" ("account_id", (split_part("mime_type", ';', 1)), "created_at", "id");`,
    );
    // Not a partial one: its statistics are ignored, and then anything rare looks like 1 % of everything.
    this.addSql(
      `create index "resources_metadata_index" on "resources" using gin (("metadata"::jsonb) jsonb_path_ops);`,
    );
    this.addSql(`create index "resource_tags_tag_index" on "resource_tags" ("tag", "resource_id");`);
  }
}
