// The statements of the verification: every blob's row, and what PostgreSQL finds when it reads the bytes in it.
import { sql } from 'kysely';
import type { ListedBlob, PageOptions } from '../../domain/maintenance/ports.ts';
import type { RowOf } from '../database/database.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';
import { toDigits } from '../find/read-statements.ts';
import { toBlobRecord, toStart } from './sweep-statements.ts';

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

const listWithoutBlob = prepare('list-without-blob', ({ afterAccount, afterId, limit }: Bound<Page>) =>
  db
    .selectFrom('resources')
    .select(['account_id', 'id'])
    .where(({ eb, refTuple, tuple }) => eb(refTuple('account_id', 'id'), '>', tuple(afterAccount, afterId)))
    .where(({ eb, selectFrom }) => {
      const blob = selectFrom('blobs')
        .select(sql<boolean>`true`.as('is_there'))
        .whereRef('blobs.account_id', '=', 'resources.account_id')
        .whereRef('blobs.id', '=', 'resources.blob_id')
        .limit(1);
      return eb(blob, 'is', null);
    })
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

export const createListWithoutBlobStatement = (page: PageOptions) => listWithoutBlob({ ...page, ...toStart(page) });

export function toListedBlob(row: RowOf<typeof createListBlobsStatement>): ListedBlob {
  const { inline_sha256: sha256, inline_bytes: bytes } = row;
  return {
    ...toBlobRecord(row),
    sha256: row.sha256,
    inline: sha256 === null ? null : { sha256, sizeBytes: Number(bytes) },
  };
}
