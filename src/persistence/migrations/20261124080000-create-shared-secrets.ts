// What gateways on one database share and nobody else may know: the key that signs download links.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261124080000 extends Migration {
  override name = 'Migration20261124080000';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "shared_secrets" ("name" text not null, "value" bytea not null, "created_at" timestamptz(3) not null, primary key ("name"));`,
    );
  }
}
