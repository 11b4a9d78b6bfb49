// The statements that change one record, and what their rows mean to the domain.
import { type Expression, type SqlBool, sql } from 'kysely';
import type { ResourceChange, VersionedId } from '../../domain/change/ports.ts';
import type { RowOf } from '../database/database.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';
import { toResourceData, toStoredTags } from '../events/event-data.ts';

type Id = { readonly accountId: string; readonly id: string };
/** A record in one of some versions. */
export type Versioned = Id & {
  /** Null: whatever version there is. */
  readonly versions: readonly string[] | null;
};
type Change = Versioned & {
  readonly directoryPath: string | null;
  readonly name: string | null;
  readonly hasMetadata: boolean;
  /** JSON text. */
  readonly metadata: string | null;
  /** Null leaves them as they are. */
  readonly tags: readonly string[] | null;
  readonly changedAt: Date;
};

/** Whether a record is one of the versions that are meant. */
export const isExpected = (updatedAt: Expression<Date>, versions: Expression<unknown>) =>
  sql<boolean>`(${versions}::timestamptz[] is null or ${updatedAt} = any(${versions}::timestamptz[]))`;

/** Of what changes at `changedAt`: later than before, whatever the clock says. */
export const toUpdatedAt = (updatedAt: Expression<Date>, changedAt: Expression<Date>) =>
  sql<Date>`greatest(${changedAt}::timestamptz, ${updatedAt} + interval '1 millisecond')`;

/** Holds the record for the transaction, whatever version of it. */
export const createLockStatement = prepare('lock-resource', ({ accountId, id }: Bound<Id>) =>
  db.selectFrom('resources').select('id').where('account_id', '=', accountId).where('id', '=', id).forUpdate(),
);

export type Ids = { readonly accountId: string; readonly ids: readonly string[] };

/** The same of several, taken in one order, so that two transactions never wait for each other in a ring. */
export const createLockManyStatement = prepare('lock-resources', ({ accountId, ids }: Bound<Ids>) =>
  db
    .selectFrom('resources')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .forUpdate(),
);

/** The fields that are other than before; metadata is compared letter by letter. */
const toChangedFields = (tags: Expression<unknown>) => sql`array_remove(array[
  case when changed.name <> judged.old_name then 'name' end,
  case when changed.directory_path <> judged.old_path then 'directoryPath' end,
  case when ${tags} <> judged.old_tags then 'tags' end,
  case when changed.metadata::text is distinct from judged.old_metadata then 'metadata' end
], null)`;

/*
 * To be run when the record is locked: then nobody else changes its tags between their being read and replaced. Tags
 * are overwritten where they stand and cut off after that, since one statement cannot delete a key and insert it again.
 */
const update = prepare('update-resource', (input: Bound<Change>) => {
  const { accountId, id, versions, hasMetadata, tags, changedAt } = input;
  const count = sql<number>`cardinality(${tags}::text[])`;
  const newTags = sql<string[]>`coalesce(${tags}::text[], ${sql.ref('judged.old_tags')})`;
  return db
    .with('target', (cte) =>
      cte
        .selectFrom('resources')
        .select(({ ref }) => [
          'id',
          'directory_path as old_path',
          'name as old_name',
          sql<string | null>`${ref('metadata')}::text`.as('old_metadata'),
          toStoredTags(accountId, id).as('old_tags'),
          sql<string>`coalesce(${input.directoryPath}::text, ${ref('directory_path')})`.as('new_path'),
          sql<string>`coalesce(${input.name}::text, ${ref('name')})`.as('new_name'),
          isExpected(ref('updated_at'), versions).as('is_expected'),
        ])
        .where('account_id', '=', accountId)
        .where('id', '=', id),
    )
    .with('judged', (cte) =>
      cte
        .selectFrom('target')
        .selectAll()
        .select(({ selectFrom }) =>
          selectFrom('resources as other')
            .select('other.id')
            .where('other.account_id', '=', accountId)
            .whereRef('other.directory_path', '=', 'target.new_path')
            .whereRef('other.name', '=', 'target.new_name')
            .whereRef('other.id', '<>', 'target.id')
            .limit(1)
            .as('existing_id'),
        ),
    )
    .with('changed', (cte) =>
      cte
        .updateTable('resources')
        .from('judged')
        .set(({ eb, ref }) => ({
          directory_path: ref('judged.new_path'),
          name: ref('judged.new_name'),
          metadata: eb
            .case()
            .when(sql<SqlBool>`${hasMetadata}::boolean`)
            .then(sql`${input.metadata}::json`)
            .else(ref('resources.metadata'))
            .end(),
          updated_at: toUpdatedAt(ref('resources.updated_at'), changedAt),
        }))
        .where('resources.account_id', '=', accountId)
        .whereRef('resources.id', '=', 'judged.id')
        .where('judged.is_expected', 'is', true)
        .where('judged.existing_id', 'is', null)
        .returningAll('resources'),
    )
    .with('shortened', (cte) =>
      cte
        .deleteFrom('resource_tags')
        .using('changed')
        .where('resource_tags.account_id', '=', accountId)
        .whereRef('resource_tags.resource_id', '=', 'changed.id')
        .where('resource_tags.position', '>=', count),
    )
    .with('retagged', (cte) =>
      cte
        .insertInto('resource_tags')
        .columns(['account_id', 'resource_id', 'position', 'tag', 'created_at'])
        .expression(({ selectFrom }) =>
          selectFrom([
            'changed',
            sql<{ tag: string; number: number }>`unnest(${tags}::text[]) with ordinality`.as<'tags'>(
              sql`tags (tag, number)`,
            ),
          ]).select(({ ref }) => [
            'changed.account_id',
            'changed.id',
            sql<number>`${ref('tags.number')} - 1`.as('position'),
            'tags.tag',
            'changed.created_at',
          ]),
        )
        .onConflict((conflict) =>
          conflict
            .columns(['account_id', 'resource_id', 'position'])
            .doUpdateSet(({ ref }) => ({ tag: ref('excluded.tag') })),
        ),
    )
    .with('told', (cte) =>
      cte
        .insertInto('events')
        .columns(['account_id', 'type', 'subject', 'directory_path', 'other_path', 'data'])
        .expression(({ selectFrom }) =>
          selectFrom('changed')
            .innerJoin('judged', 'judged.id', 'changed.id')
            .innerJoin('blobs', 'blobs.id', 'changed.blob_id')
            .where('blobs.account_id', '=', accountId)
            .select(({ ref }) => [
              'changed.account_id',
              sql.lit('resource.updated').as('type'),
              'changed.id',
              'changed.directory_path',
              sql`nullif(${ref('judged.old_path')}, ${ref('changed.directory_path')})`.as('other_path'),
              toResourceData('changed', { tags: newTags, changed: toChangedFields(newTags) }).as('data'),
            ]),
        ),
    )
    .selectFrom('judged')
    .select(['is_expected', 'existing_id', 'new_path', 'new_name']);
});

/** Gives no row when there is no such record. */
export function createUpdateStatement(
  resource: VersionedId,
  { change, changedAt }: { change: ResourceChange; changedAt: Date },
) {
  const { directoryPath = null, name = null, tags = null, metadata } = change;
  return update({
    ...toVersioned(resource),
    directoryPath,
    name,
    tags,
    hasMetadata: metadata !== undefined,
    metadata: metadata === undefined || metadata === null ? null : JSON.stringify(metadata),
    changedAt,
  });
}

export function toVersioned({ accountId, id, expected }: VersionedId): Versioned {
  return { accountId, id, versions: expected?.updatedAt.map((time) => time.toISOString()) ?? null };
}

/** What a change judged; `existingId` is whose place it would have taken. */
export type JudgedRow = RowOf<typeof createUpdateStatement>;
