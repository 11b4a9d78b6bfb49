// The records that refer to one blob, for telling an operator whose content is damaged.
import type { RowKey } from '../../domain/maintenance/ports.ts';
import type { BlobRecords } from '../../domain/maintenance/verify.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';
import type { RunStatement } from './blob-catalog.ts';

type Blob = RowKey & { readonly limit: number };

const createFindRecordsStatement = prepare('find-records-of-blob', ({ accountId, id, limit }: Bound<Blob>) =>
  db
    .selectFrom('resources')
    .select(['account_id', 'directory_path', 'name', 'id'])
    .where('account_id', '=', accountId)
    .where('blob_id', '=', id)
    .orderBy('id')
    .limit(limit),
);

/** Over `run`; it owns nothing. */
export function createBlobRecords(run: RunStatement): BlobRecords {
  return {
    async findRecords(blob, options) {
      const rows = await run(createFindRecordsStatement(blob), options);
      return rows.map(({ account_id, directory_path, name, id }) => {
        const path = `${directory_path === '/' ? '' : directory_path}/${name}`;
        return { account: account_id, path, id };
      });
    },
  };
}
