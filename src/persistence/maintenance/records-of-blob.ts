// The records that refer to one blob, for telling an operator whose content is damaged.
import type { BlobRecords } from '../../domain/maintenance/verify.ts';
import type { RunStatement } from './blob-catalog.ts';

const FIND = `
select account_id, directory_path, name, id::text as id from resources
where account_id = $1 and blob_id = $2 order by id limit $3`;

/** Over `run`; it owns nothing. */
export function createBlobRecords(run: RunStatement): BlobRecords {
  return {
    async findRecords({ accountId, id, limit }, options) {
      const rows = await run({ name: 'find-records-of-blob', text: FIND, values: [accountId, id, limit] }, options);
      return rows.map((row) => {
        const [directory, name] = [row.directory_path as string, row.name as string];
        const path = `${directory === '/' ? '' : directory}/${name}`;
        return { account: row.account_id as string, path, id: row.id as string };
      });
    },
  };
}
