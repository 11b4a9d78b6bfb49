// Every key begins with the account, so that the tables can be partitioned or distributed by it (docs/decisions/0010).
import { Migration } from '@mikro-orm/migrations';

/*
 * No row is written anew: keys are dropped, and built again over what stands. A foreign key goes before the key that it
 * refers to, and comes back after it; its rows are checked against each other in one join.
 */
export class Migration20261126090000 extends Migration {
  override name = 'Migration20261126090000';

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "resource_tags" drop constraint "resource_tags_resource_id_foreign", drop constraint "resource_tags_pkey";`,
    );
    this.addSql(
      `alter table "resources" drop constraint "resources_blob_id_foreign", drop constraint "resources_pkey";`,
    );
    this.addSql(`alter table "blobs" drop constraint "blobs_pkey";`);
    this.addSql(`drop index "resources_blob_id_index";`);

    this.addSql(`alter table "blobs" add primary key ("account_id", "id");`);
    this.addSql(`alter table "resources" add primary key ("account_id", "id");`);
    this.addSql(`create index "resources_blob_id_index" on "resources" ("account_id", "blob_id");`);
    this.addSql(`alter table "resource_tags" add primary key ("account_id", "resource_id", "position");`);

    this.addSql(
      `alter table "resources" add constraint "resources_account_id_blob_id_foreign" foreign key ("account_id", "blob_id") references "blobs" ("account_id", "id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "resource_tags" add constraint "resource_tags_account_id_resource_id_foreign" foreign key ("account_id", "resource_id") references "resources" ("account_id", "id") on update restrict on delete cascade;`,
    );
  }
}
