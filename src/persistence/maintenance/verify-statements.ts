// The statements of the verification: every blob's row, and what PostgreSQL finds when it reads the bytes in it.
import type { ListedBlob, PageOptions } from '../../domain/maintenance/ports.ts';
import type { Row, Statement } from '../database/database.ts';
import { toBlobRecord, toStart } from './sweep-statements.ts';

/** PostgreSQL hashes the bytes where they are: they would only be carried here to be forgotten. */
const LIST_BLOBS = `
select account_id, id, storage_bucket, storage_key, sha256, size_bytes::text as size_bytes,
  encode(sha256(content), 'hex') as inline_sha256, octet_length(content) as inline_bytes
from blobs where (account_id, id) > ($1::text, $2::uuid) order by account_id, id limit $3`;

const LIST_WITHOUT_BLOB = `
select account_id, id from resources where (account_id, id) > ($1::text, $2::uuid) and (
  select true from blobs where blobs.account_id = resources.account_id and blobs.id = resources.blob_id limit 1
) is null
order by account_id, id limit $3`;

const COUNT_BLOBS = `select count(*)::text as count, coalesce(sum(size_bytes), 0)::text as size_bytes from blobs`;

export function createListBlobsStatement({ after, limit }: PageOptions): Statement {
  return { name: 'list-blobs', text: LIST_BLOBS, values: [...toStart(after), limit] };
}

export function createListWithoutBlobStatement({ after, limit }: PageOptions): Statement {
  return { name: 'list-without-blob', text: LIST_WITHOUT_BLOB, values: [...toStart(after), limit] };
}

export function createCountBlobsStatement(): Statement {
  return { name: 'count-blobs', text: COUNT_BLOBS, values: [] };
}

export function toListedBlob(row: Row): ListedBlob {
  const sha256 = row.inline_sha256 as string | null;
  return {
    ...toBlobRecord(row),
    accountId: row.account_id as string,
    sha256: row.sha256 as string,
    inline: sha256 === null ? null : { sha256, sizeBytes: Number(row.inline_bytes) },
  };
}
