// The statements behind downloads: where a content is, and the secret that signs addresses for it.
import { type Expression, expressionBuilder, sql } from 'kysely';
import type { StoredContent } from '../../domain/download/ports.ts';
import type { RowOf } from '../database/database.ts';
import { type Bound, db, type Operand, prepare, type Tables } from '../database/typed-sql.ts';
import { toBlobLocation, toDigits, toMs } from './read-statements.ts';

type Id = { readonly accountId: string; readonly id: string };
type Secret = { readonly name: string; readonly offered: Uint8Array };

const { ref } = expressionBuilder<Tables, 'resources' | 'blobs'>();

/** What `toStoredContent` reads of the account's resources. */
export function selectContents(
  accountId: Operand<string>,
  content: Expression<Uint8Array | null> = ref('blobs.content'),
) {
  return db
    .selectFrom('resources')
    .innerJoin('blobs', (join) =>
      join.onRef('blobs.account_id', '=', 'resources.account_id').onRef('blobs.id', '=', 'resources.blob_id'),
    )
    .select([
      'resources.id',
      'resources.account_id',
      'resources.name',
      'resources.mime_type',
      'blobs.sha256',
      toDigits(ref('blobs.size_bytes')).as('size_bytes'),
      // Since when it has this content.
      toMs(sql<Date>`coalesce(${ref('resources.replaced_at')}, ${ref('resources.created_at')})`).as('created_ms'),
      'blobs.storage_bucket',
      'blobs.storage_key',
      sql<Uint8Array | null>`${content}`.as('content'),
    ])
    .where('resources.account_id', '=', accountId);
}

export const createFindContentStatement = prepare('find-content', ({ accountId, id }: Bound<Id>) =>
  selectContents(accountId).where('resources.id', '=', id),
);

/** The empty update is what lets the statement return the row that was there, also one that its snapshot does not show. */
const shareSecret = prepare('share-secret', ({ name, offered }: Bound<Secret>) =>
  db
    .insertInto('shared_secrets')
    .values({ name, value: offered, created_at: sql`now()` })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(({ ref }) => ({ name: ref('excluded.name') })))
    .returning('value'),
);

export function createShareSecretStatement({ name, offered }: Secret) {
  return shareSecret({ name, offered: Buffer.from(offered) });
}

/** Both drivers give bytea as bytes. */
export function toStoredContent(row: RowOf<typeof createFindContentStatement>): StoredContent {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    mimeType: row.mime_type,
    sha256: row.sha256,
    sizeBytes: Number(row.size_bytes),
    createdAt: new Date(row.created_ms),
    location: toBlobLocation(row),
    inline: row.content,
  };
}

export function toSecret(row: { readonly value: Uint8Array } | undefined): Uint8Array {
  if (row === undefined) throw new Error('the database gave no secret back');
  return row.value;
}
