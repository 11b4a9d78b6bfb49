// The sweep asks of every object in the store whether a blob names it; inline blobs have no object.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261123142322 extends Migration {
  override name = 'Migration20261123142322';

  override up(): void | Promise<void> {
    this.addSql(`create index "blobs_storage_key_index" on "blobs" ("storage_key") where content is null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "blobs_storage_key_index";`);
  }
}
