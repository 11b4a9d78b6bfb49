// The statements that delete one record or several: into the trash, or for good.
import { type Expression, type QueryCreator, sql } from 'kysely';
import type { VersionedId } from '../../domain/change/ports.ts';
import { type Bound, db, prepare, type Tables } from '../database/typed-sql.ts';
import { toResourceData, toStoredTags } from '../events/event-data.ts';
import { RECORD_NAMES } from '../tables/column-names.ts';
import { type Ids, isExpected, toVersioned, type Versioned } from './change-statements.ts';

/** How records go, and by whom. */
type Deletion = { readonly isPermanent: boolean; readonly deletedAt: Date; readonly deletedBy: string | null };

const TRASHED = ['account_id', 'id', 'directory_path', 'name', ...RECORD_NAMES, 'updated_at'] as const;

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
