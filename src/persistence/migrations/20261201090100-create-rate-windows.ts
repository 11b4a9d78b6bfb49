// What each account has left of its rate points, for all gateways on this database.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261201090100 extends Migration {
  override name = 'Migration20261201090100';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "rate_windows" ("account_id" text collate "C" not null, "ends_at" timestamptz(3) not null, "leased" int not null, "granted" int not null, primary key ("account_id"));`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "rate_windows" cascade;`);
  }
}
