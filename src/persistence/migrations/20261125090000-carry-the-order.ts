// What a page of a list is found by carries its order too: tags, directories, and metadata as bits (docs/decisions/0006).
import { Migration } from '@mikro-orm/migrations';

/*
 * Three of 64 bits for each scalar in a JSON object, by its value and by the member of the object that it is in or below.
 * The hashes are those that PostgreSQL places rows in partitions by, equal for equal values: 1, 1.0 and 1e0 are one. So an
 * object that contains another (`@>`) has all the other's bits. A long one has all bits; it would have most anyway.
 * Bits are stored: what they say may never change. Another function would need another name, and another column.
 */
const CREATE_METADATA_BITS = `create function metadata_bits(metadata json) returns bigint
language plpgsql immutable strict parallel safe as $$
declare
  object jsonb;
  members jsonb;
  parts jsonb;
  scalars jsonb;
  hash bigint;
  bits bigint := 0;
begin
  if octet_length(metadata::text) > 16384 then return -1; end if;
  object := metadata;
  members := jsonb_path_query_array(object, 'strict $.keyvalue().key');
  parts := jsonb_path_query_array(object, 'strict $.*');
  for part in 0 .. jsonb_array_length(members) - 1 loop
    scalars := jsonb_path_query_array(parts -> part, 'strict $.** ? (@.type() != "object" && @.type() != "array")');
    for scalar in 0 .. jsonb_array_length(scalars) - 1 loop
      hash := jsonb_hash_extended(scalars -> scalar, hashtextextended(members ->> part, 0));
      bits := bits | (1::bigint << (hash & 63)::int) | (1::bigint << ((hash >> 6) & 63)::int)
        | (1::bigint << ((hash >> 12) & 63)::int);
    end loop;
  end loop;
  return bits;
end
$$`;

export class Migration20261125090000 extends Migration {
  override name = 'Migration20261125090000';

  override up(): void | Promise<void> {
    this.addSql(`drop index "resource_tags_tag_index";`);
    this.addSql(
      `alter table "resource_tags" add "account_id" text collate "C" null, add "created_at" timestamptz(3) null;`,
    );
    this.addSql(
      `update "resource_tags" set "account_id" = "resources"."account_id", "created_at" = "resources"."created_at" from "resources" where "resources"."id" = "resource_tags"."resource_id";`,
    );
    this.addSql(`alter table "resource_tags" alter "account_id" set not null, alter "created_at" set not null;`);
    this.addSql(
      `create index "resource_tags_tag_index" on "resource_tags" ("account_id", "tag", "created_at", "resource_id");`,
    );

    this.addSql(CREATE_METADATA_BITS);
    // Writes all rows anew, with all indexes: those that change go first.
    this.addSql(`drop index "resources_created_at_index", "resources_name_index", "resources_size_bytes_index";`);
    this.addSql(`alter table "resources" drop constraint "resources_account_id_directory_path_name_unique";`);
    this.addSql(
      `alter table "resources" add "metadata_bits" bigint generated always as (metadata_bits(metadata)) stored;`,
    );
    this.addSql(
      `alter table "resources" add constraint "resources_account_id_directory_path_name_unique" unique ("account_id", "directory_path", "name") include ("size_bytes", "created_at", "id");`,
    );
    this.addSql(
      `create index "resources_created_at_index" on "resources" ("account_id", "created_at", "id") include ("metadata_bits");`,
    );
    this.addSql(
      `create index "resources_name_index" on "resources" ("account_id", "name", "id") include ("metadata_bits");`,
    );
    this.addSql(
      `create index "resources_size_bytes_index" on "resources" ("account_id", "size_bytes", "id") include ("metadata_bits");`,
    );
  }
}
