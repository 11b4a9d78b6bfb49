// Which resources have a blob is found by the blob: an index that begins with the account looks as good as the primary key
// while a table is empty, and where most accounts have one row; then the planner takes whichever was made last.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261129110000 extends Migration {
  override name = 'Migration20261129110000';

  override up(): void | Promise<void> {
    this.addSql(`drop index "resources_blob_id_index";`);
    this.addSql(`create index "resources_blob_id_index" on "resources" ("blob_id");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "resources_blob_id_index";`);
    this.addSql(`create index "resources_blob_id_index" on "resources" ("account_id", "blob_id");`);
  }
}
