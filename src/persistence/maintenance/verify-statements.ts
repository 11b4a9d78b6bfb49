// The statements of the verification: every blob's row, and what PostgreSQL finds when it reads the bytes in it.
import { sql } from 'kysely';
import type { BlobHolder, ListedBlob, PageOptions, WithoutBlob } from '../../domain/maintenance/ports.ts';
import type { RowOf, Statement } from '../database/database.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';
import { toDigits } from '../find/read-statements.ts';
import { toBlobRecord, toRowKey, toStart } from './sweep-statements.ts';

type Page = ReturnType<typeof toStart> & { readonly limit: number };

/** PostgreSQL hashes the bytes where they are: they would only be carried here to be forgotten. */
const listBlobs = prepare('list-blobs', ({ afterAccount, afterId, limit }: Bound<Page>) =>
  db
    .selectFrom('blobs')
    .select(({ ref }) => [
      'account_id',
      'id',
      'storage_bucket',
      'storage_key',
      'sha256',
      toDigits(ref('size_bytes')).as('size_bytes'),
      sql<string | null>`encode(sha256(${ref('content')}), 'hex')`.as('inline_sha256'),
      sql<number | null>`octet_length(${ref('content')})`.as('inline_bytes'),
    ])
    .where(({ eb, refTuple, tuple }) => eb(refTuple('account_id', 'id'), '>', tuple(afterAccount, afterId)))
    .orderBy('account_id')
    .orderBy('id')
    .limit(limit),
);

export const createCountBlobsStatement = prepare('count-blobs', (_input: Bound<object>) =>
  db
    .selectFrom('blobs')
    .select(({ fn, ref }) => [
      toDigits(fn.countAll<number>()).as('count'),
      sql<string>`coalesce(sum(${ref('size_bytes')}), 0)::text`.as('size_bytes'),
    ]),
);

export const createListBlobsStatement = (page: PageOptions) => listBlobs({ ...page, ...toStart(page) });

const toLostText = (holder: BlobHolder, table: string, id = 'id') => `(
    select distinct account_id, ${id} as id, '${holder}' as holder from ${table}
    where (account_id, ${id}) > ($1, $2::uuid) and (
      select true from blobs where blobs.account_id = ${table}.account_id and blobs.id = ${table}.blob_id limit 1
    ) is null
    order by account_id, ${id} limit $3
  )`;

/** Each table gives the first of its own, and so all that there is about the first of all. */
const LIST_WITHOUT_BLOB = `
select account_id, id, string_agg(holder, ',' order by holder) as holders from (
  ${toLostText('resource', 'resources')} union all ${toLostText('trash', 'trash')}
  union all ${toLostText('version', 'resource_versions', 'resource_id')}
) lost group by account_id, id order by account_id, id limit $3`;

type LostRow = { readonly account_id: string; readonly id: string; readonly holders: string };

export function createListWithoutBlobStatement(page: PageOptions): Statement<LostRow> {
  const { afterAccount, afterId } = toStart(page);
  return { name: 'list-without-blob', text: LIST_WITHOUT_BLOB, values: [afterAccount, afterId, page.limit] };
}

export function toWithoutBlob(row: LostRow): WithoutBlob {
  return { ...toRowKey(row), holders: row.holders.split(',') as BlobHolder[] };
}

export function toListedBlob(row: RowOf<typeof createListBlobsStatement>): ListedBlob {
  const { inline_sha256: sha256, inline_bytes: bytes } = row;
  return {
    ...toBlobRecord(row),
    sha256: row.sha256,
    inline: sha256 === null ? null : { sha256, sizeBytes: Number(bytes) },
  };
}
