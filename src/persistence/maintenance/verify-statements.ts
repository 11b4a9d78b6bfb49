// The statements of the verification: every blob's row, and what PostgreSQL finds when it reads the bytes in it.
import type { ListedBlob, PageOptions } from '../../domain/flow/stream.ts';
import type { Row, Statement } from '../database/database.ts';
import { FIRST_ID, toBlobRecord } from './sweep-statements.ts';

/** PostgreSQL hashes the bytes where they are: they would only be carried here to be forgotten. */
const LIST_BLOBS = `
select id, account_id, storage_bucket, storage_key, sha256, size_bytes::text as size_bytes,
  encode(sha256(content), 'hex') as inline_sha256, octet_length(content) as inline_bytes
from blobs where id > $1 order by id limit $2`;

const LIST_WITHOUT_BLOB = `
select id from resources where id > $1
  and (select true from blobs where blobs.id = resources.blob_id limit 1) is null
order by id limit $2`;

const COUNT_BLOBS = `select count(*)::text as count, coalesce(sum(size_bytes), 0)::text as size_bytes from blobs`;

export function createListBlobsStatement({ after, limit }: PageOptions): Statement {
  return { name: 'list-blobs', text: LIST_BLOBS, values: [after ?? FIRST_ID, limit] };
}

export function createListWithoutBlobStatement({ after, limit }: PageOptions): Statement {
  return { name: 'list-without-blob', text: LIST_WITHOUT_BLOB, values: [after ?? FIRST_ID, limit] };
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
