// The records that refer to one blob, for telling an operator whose content is damaged.
import type { RowKey } from '../../domain/maintenance/ports.ts';
import type { BlobRecords } from '../../domain/maintenance/verify.ts';
import type { Run, Statement } from '../database/database.ts';

/*
 * Each table gives no more than are wanted of all, in any order: they are found by their blob. An earlier version is told as
 * the resource that had it, wherever that is now.
 */
const FIND_RECORDS = `
select id, directory_path, name, number, is_trashed from (
  (
    select id, directory_path, name, null::int as number, false as is_trashed from resources
    where account_id = $1 and blob_id = $2::uuid limit $3
  ) union all (
    select id, directory_path, name, null, true from trash where account_id = $1 and blob_id = $2::uuid limit $3
  ) union all (
    select earlier.resource_id, owner.directory_path, owner.name, earlier.number, owner.is_trashed from (
      select resource_id, number from resource_versions where account_id = $1 and blob_id = $2::uuid limit $3
    ) earlier cross join lateral (
      select directory_path, name, false as is_trashed from resources where account_id = $1 and id = earlier.resource_id
      union all
      select directory_path, name, true from trash where account_id = $1 and id = earlier.resource_id
    ) owner
  )
) found order by number nulls first, is_trashed, id limit $3`;

type FoundRow = {
  readonly id: string;
  readonly directory_path: string;
  readonly name: string;
  readonly number: number | null;
  readonly is_trashed: boolean;
};

export function createFindRecordsStatement(blob: RowKey & { readonly limit: number }): Statement<FoundRow> {
  return { name: 'find-records-of-blob', text: FIND_RECORDS, values: [blob.accountId, blob.id, blob.limit] };
}

/** Over `run`; it owns nothing. */
export function createBlobRecords(run: Run): BlobRecords {
  return {
    async findRecords(blob, options) {
      const rows = await run(createFindRecordsStatement(blob), options);
      return rows.map(({ directory_path, name, id, number, is_trashed }) => {
        const path = `${directory_path === '/' ? '' : directory_path}/${name}`;
        return { account: blob.accountId, path, id, version: number, isTrashed: is_trashed };
      });
    },
  };
}
