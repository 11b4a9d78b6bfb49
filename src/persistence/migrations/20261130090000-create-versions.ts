// Versions: a resource's content is replaced by another one, and what it was is kept. With them comes the number that tells
// apart resources which would have one name.
import { Migration } from '@mikro-orm/migrations';

/*
 * Columns with a constant default, or none, are added without a row being written anew. Versions hold no foreign key on
 * their resource: they outlive its row while it is in the trash.
 *
 * `free_numbers` looks at every power of two until one is free, halves what lies between, and so needs few looks however many
 * names are taken; where names in between were freed again, it finds a free one behind a taken one, which need not be the
 * smallest. From there it gives the next ones that are free. Each look takes what is first from there on in the order of the
 * unique index: asked for that order, the planner takes no other index, also when it knows nothing of the table yet.
 */
export class Migration20261130090000 extends Migration {
  override name = 'Migration20261130090000';

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "resources" add column "version" int not null default 1, add column "replaced_at" timestamptz(3) null, add column "replaced_by" text collate "C" null;`,
    );
    this.addSql(
      `create table "resource_versions" ("account_id" text collate "C" not null, "resource_id" uuid not null, "number" int not null, "blob_id" uuid not null, "mime_type" text collate "C" not null, "size_bytes" bigint not null, "original_uri" text null, "external_id" text null, "external_storage_type" text null, "created_by" text collate "C" null, "created_at" timestamptz(3) not null, "replaced_at" timestamptz(3) not null, primary key ("account_id", "resource_id", "number"));`,
    );
    this.addSql(`create index "resource_versions_blob_id_index" on "resource_versions" ("blob_id");`);
    this.addSql(`create index "resource_versions_replaced_at_index" on "resource_versions" ("replaced_at");`);
    this.addSql(
      `alter table "resource_versions" add constraint "resource_versions_account_id_blob_id_foreign" foreign key ("account_id", "blob_id") references "blobs" ("account_id", "id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "resource_versions" add constraint "resource_versions_external_storage_type_check" check ("external_storage_type" in ('s3', 'gcs', 'azure_blob'));`,
    );

    this.addSql(`
create function numbered_name(stem text, number bigint, extension text) returns text
  language sql immutable parallel safe
  return stem || ' (' || number || ')' || extension;`);
    this.addSql(`
create function is_taken(account text, directory text, wanted text) returns boolean
  language plpgsql stable as $$
begin
  return coalesce((
    select directory_path = directory collate "C" and name = wanted collate "C" from resources
    where account_id = account collate "C" and (directory_path, name) >= (directory collate "C", wanted collate "C")
    order by directory_path, name limit 1
  ), false);
end $$;`);
    this.addSql(`
create function free_numbers(account text, directory text, stem text, extension text, wanted bigint) returns bigint[]
  language plpgsql stable as $$
declare
  taken bigint := 1;
  free bigint := 2;
  middle bigint;
  found bigint[] := '{}';
begin
  while free < 1099511627776 and is_taken(account, directory, numbered_name(stem, free, extension)) loop
    taken := free;
    free := free * 2;
  end loop;
  while free - taken > 1 loop
    middle := (taken + free) / 2;
    if is_taken(account, directory, numbered_name(stem, middle, extension)) then
      taken := middle;
    else
      free := middle;
    end if;
  end loop;
  while cardinality(found) < wanted loop
    if not is_taken(account, directory, numbered_name(stem, free, extension)) then found := found || free; end if;
    free := free + 1;
  end loop;
  return found;
end $$;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop function if exists free_numbers(text, text, text, text, bigint);`);
    this.addSql(`drop function if exists is_taken(text, text, text);`);
    this.addSql(`drop function if exists numbered_name(text, bigint, text);`);
    this.addSql(`drop table if exists "resource_versions" cascade;`);
    this.addSql(`alter table "resources" drop column "version", drop column "replaced_at", drop column "replaced_by";`);
  }
}
