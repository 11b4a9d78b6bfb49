// The statements that change one record, and what their rows mean to the domain.
import { type Expression, type QueryCreator, type SqlBool, sql } from 'kysely';
import type { ResourceChange, VersionedId } from '../../domain/change/ports.ts';
import type { RowOf } from '../database/database.ts';
import { type Bound, db, prepare, type Tables } from '../database/typed-sql.ts';
import { toResourceData, toStoredTags } from '../events/event-data.ts';

type Id = { readonly accountId: string; readonly id: string };
type Versioned = Id & {
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

const isExpected = (updatedAt: Expression<Date>, versions: Expression<unknown>) =>
  sql<boolean>`(${versions}::timestamptz[] is null or ${updatedAt} = any(${versions}::timestamptz[]))`;

/** Of what changes at `changedAt`: later than before, whatever the clock says. */
export const toUpdatedAt = (updatedAt: Expression<Date>, changedAt: Expression<Date>) =>
  sql<Date>`greatest(${changedAt}::timestamptz, ${updatedAt} + interval '1 millisecond')`;

/** Holds the record for the transaction, whatever version of it. */
export const createLockStatement = prepare('lock-resource', ({ accountId, id }: Bound<Id>) =>
  db.selectFrom('resources').select('id').where('account_id', '=', accountId).where('id', '=', id).forUpdate(),
);

type Ids = { readonly accountId: string; readonly ids: readonly string[] };

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

/** How records go, and by whom. */
type Deletion = { readonly isPermanent: boolean; readonly deletedAt: Date; readonly deletedBy: string | null };

const TRASHED = [
  'account_id',
  'id',
  'blob_id',
  'directory_path',
  'name',
  'mime_type',
  'size_bytes',
  'original_uri',
  'external_id',
  'external_storage_type',
  'metadata',
  'created_by',
  'created_at',
  'updated_at',
  'version',
  'replaced_at',
  'replaced_by',
] as const;

/** Puts what is `gone` into the trash, with the tags of the statement's snapshot; nothing when it goes for good. */
export function toTrashed(
  { accountId, isPermanent, deletedAt, deletedBy }: Bound<Deletion & { readonly accountId: string }>,
  directory?: { readonly deletionId: Expression<string>; readonly deletedPath: Expression<string> },
) {
  const columns = sql.join(TRASHED.map((name) => sql.ref(name)));
  const gone = sql.join(TRASHED.map((name) => sql.ref(`gone.${name}`)));
  const { deletionId = sql`null`, deletedPath = sql`null` } = directory ?? {};
  const tags = toStoredTags(accountId, sql<string>`gone.id`);
  return sql<{ id: string }>`(insert into trash (${columns}, tags, deleted_at, deleted_by, deletion_id, deleted_path)
    select ${gone}, ${tags}, ${deletedAt}::timestamptz, ${deletedBy}::text, ${deletionId}::uuid, ${deletedPath}::text
    from gone where not ${isPermanent}::boolean returning id)`;
}

/** What goes for good takes its earlier versions with it. */
export function toForgotten({
  accountId,
  isPermanent,
}: {
  accountId: Expression<string>;
  isPermanent: Expression<boolean>;
}) {
  return sql<{ number: number }>`(delete from resource_versions using gone
    where ${isPermanent}::boolean and resource_versions.account_id = ${accountId}
      and resource_versions.resource_id = gone.id returning number)`;
}

/** What the events of deletes tell; their records are `gone`, and their tags those of the statement's snapshot. */
const toDeleted =
  (accountId: Expression<string>, isPermanent: Expression<boolean>) =>
  (creator: QueryCreator<Tables & { gone: Tables['resources'] }>) =>
    creator
      .insertInto('events')
      .columns(['account_id', 'type', 'subject', 'directory_path', 'data'])
      .expression(({ selectFrom }) =>
        selectFrom('gone')
          .innerJoin('blobs', 'blobs.id', 'gone.blob_id')
          .where('blobs.account_id', '=', accountId)
          .select(({ ref }) => [
            'gone.account_id',
            sql<string>`case when ${isPermanent}::boolean then 'resource.deleted' else 'resource.trashed' end`.as(
              'type',
            ),
            'gone.id',
            'gone.directory_path',
            toResourceData('gone', { tags: toStoredTags(accountId, ref('gone.id')) }).as('data'),
          ]),
      );

/** To be run, like the next one, when the records are locked: then their tags are what they were at last. */
const deleteOne = prepare('delete-resource', (input: Bound<Versioned & Deletion>) => {
  const { accountId, id, versions, isPermanent } = input;
  return db
    .with(
      (cte) => cte('target').materialized(),
      (cte) =>
        cte
          .selectFrom('resources')
          .select(({ ref }) => ['id', isExpected(ref('updated_at'), versions).as('is_expected')])
          .where('account_id', '=', accountId)
          .where('id', '=', id),
    )
    .with('gone', (cte) =>
      cte
        .deleteFrom('resources')
        .using('target')
        .where('resources.account_id', '=', accountId)
        .whereRef('resources.id', '=', 'target.id')
        .where('target.is_expected', 'is', true)
        .returningAll('resources'),
    )
    .with('trashed', () => toTrashed(input))
    .with('forgotten', () => toForgotten(input))
    .with('told', toDeleted(accountId, isPermanent))
    .selectFrom('target')
    .select('is_expected');
});

/** Gives no row when there is no such record. */
export function createDeleteStatement(resource: VersionedId, deletion: Deletion) {
  return deleteOne({ ...toVersioned(resource), ...toDeletion(deletion) });
}

const deleteMany = prepare('delete-resources', (input: Bound<Ids & Deletion>) => {
  const { accountId, ids, isPermanent } = input;
  return db
    .with('gone', (cte) =>
      cte
        .deleteFrom('resources')
        .where('account_id', '=', accountId)
        .where('id', '=', sql<string>`any(${ids}::uuid[])`)
        .returningAll(),
    )
    .with('trashed', () => toTrashed(input))
    .with('forgotten', () => toForgotten(input))
    .with('told', toDeleted(accountId, isPermanent))
    .selectFrom('gone')
    .select(sql<number>`count(*)::int`.as('count'));
});

export function createDeleteManyStatement({ accountId, ids }: Ids, deletion: Deletion) {
  return deleteMany({ accountId, ids, ...toDeletion(deletion) });
}

/** What a statement reads of it: more stands beside it. */
export function toDeletion({ isPermanent, deletedAt, deletedBy }: Deletion): Deletion {
  return { isPermanent, deletedAt, deletedBy };
}

function toVersioned({ accountId, id, expected }: VersionedId): Versioned {
  return { accountId, id, versions: expected?.updatedAt.map((time) => time.toISOString()) ?? null };
}

/** What a change judged; `existingId` is whose place it would have taken. */
export type JudgedRow = RowOf<typeof createUpdateStatement>;
