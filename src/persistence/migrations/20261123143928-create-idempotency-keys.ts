// Idempotency keys: who holds one, or what was answered under it.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261123143928 extends Migration {
  override name = 'Migration20261123143928';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "idempotency_keys" ("account_id" text collate "C" not null, "key" text collate "C" not null, "owner" uuid not null, "claimed_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "fingerprint" varchar(64) collate "C" null, "result" json null, "storage_bucket" text null, "storage_key" text null, primary key ("account_id", "key"));`,
    );
    this.addSql(`create index "idempotency_keys_expires_at_index" on "idempotency_keys" ("expires_at");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "idempotency_keys" cascade;`);
  }
}
