// Earlier versions count as what their account uses, in the transactions that make and remove them.
import { Migration } from '@mikro-orm/migrations';

/** Of many rows of one statement the sums are added, once for each account, in one order. Their rows never change. */
const CREATE_COUNT = `create function count_resource_versions() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into account_usage as counted (account_id, slot, version_bytes)
    select account_id, usage_slot(), sum(size_bytes) from added group by account_id order by account_id
    on conflict (account_id, slot) do update set version_bytes = counted.version_bytes + excluded.version_bytes;
  else
    insert into account_usage as counted (account_id, slot, version_bytes)
    select account_id, usage_slot(), -sum(size_bytes) from removed group by account_id order by account_id
    on conflict (account_id, slot) do update set version_bytes = counted.version_bytes + excluded.version_bytes;
  end if;
  return null;
end
$$`;

export class Migration20261202090000 extends Migration {
  override name = 'Migration20261202090000';

  override up(): void | Promise<void> {
    for (const statement of [
      CREATE_COUNT,
      // Nothing is added between the count of what there is and the first trigger.
      `lock table resource_versions in share row exclusive mode`,
      `create trigger "resource_versions_added" after insert on "resource_versions" referencing new table as added
        for each statement execute function count_resource_versions()`,
      `create trigger "resource_versions_removed" after delete on "resource_versions" referencing old table as removed
        for each statement execute function count_resource_versions()`,
      `insert into account_usage as counted (account_id, slot, version_bytes)
        select account_id, 0, sum(size_bytes) from resource_versions group by account_id
        on conflict (account_id, slot) do update set version_bytes = counted.version_bytes + excluded.version_bytes`,
    ]) {
      this.addSql(statement);
    }
  }

  override down(): void | Promise<void> {
    for (const what of ['added', 'removed']) {
      this.addSql(`drop trigger "resource_versions_${what}" on "resource_versions";`);
    }
    this.addSql(`drop function count_resource_versions();`);
    this.addSql(`update "account_usage" set "version_bytes" = 0;`);
  }
}
