// The statements that move and delete a directory.
import { expressionBuilder, sql } from 'kysely';
import type { DeleteDirectoryOptions, DirectoryId } from '../../domain/change/ports.ts';
import type { RowOf } from '../database/database.ts';
import { type Bound, db, prepare, type Tables } from '../database/typed-sql.ts';
import { toDirectoryData } from '../events/event-data.ts';
import { toUpdatedAt } from './change-statements.ts';
import { toDeletion, toForgotten, toTrashed } from './delete-statements.ts';

type Directory = DirectoryId & {
  /** What every path below begins with, and the first after all of those. */
  readonly below: string;
  readonly end: string;
};

const column = expressionBuilder<Tables, 'resources'>();
const count = sql<number>`count(*)::int`;

/**
 * A directory and all below it, as one range of the unique index, in the index's own byte order: "/a", "/a/" and "/a0", since
 * "0" follows "/". Between "/a" and "/a/" lie others, such as "/a-b".
 */
function inDirectory({ accountId, directoryPath, below, end }: Bound<Directory>) {
  return column.and([
    column('account_id', '=', accountId),
    column('directory_path', '>=', directoryPath),
    column('directory_path', '<', end),
    column.or([column('directory_path', '=', directoryPath), column('directory_path', '>=', below)]),
  ]);
}

/*
 * One event tells of all, and whether anything was left: one record more than may go is looked for. It is written when the
 * last of them has gone, since its place in the log must come after whatever any of them was waited for; so is a move's.
 */
type DirectoryDeletion = Directory & DeleteDirectoryOptions;

const deleteDirectory = prepare('delete-directory', (input: Bound<DirectoryDeletion>) =>
  db
    .with(
      (cte) => cte('target').materialized(),
      (cte) =>
        cte
          .selectFrom('resources')
          .select(['id', 'directory_path', 'name'])
          .where(inDirectory(input))
          .orderBy('directory_path')
          .orderBy('name')
          .limit(sql<number>`${input.maxCount}::int + 1`)
          .forUpdate(),
    )
    .with('going', (cte) =>
      cte.selectFrom('target').select('id').orderBy('directory_path').orderBy('name').limit(input.maxCount),
    )
    .with('gone', (cte) =>
      cte
        .deleteFrom('resources')
        .using('going')
        .where('resources.account_id', '=', input.accountId)
        .whereRef('resources.id', '=', 'going.id')
        .returningAll('resources'),
    )
    .with('trashed', () => toTrashed(input, { deletionId: input.deletionId, deletedPath: input.directoryPath }))
    .with('forgotten', () => toForgotten(input))
    .with('counted', (cte) => cte.selectFrom('gone').select(count.as('count')))
    .with('told', (cte) =>
      cte
        .insertInto('events')
        .columns(['account_id', 'type', 'directory_path', 'data'])
        .expression(({ selectFrom }) =>
          selectFrom('counted')
            .where('count', '>', 0)
            .select(({ ref }) => [
              sql`${input.accountId}::text`.as('account_id'),
              sql.lit('directory.deleted').as('type'),
              sql`${input.directoryPath}::text`.as('directory_path'),
              toDirectoryData({
                deleted: ref('count'),
                isComplete: sql`(select count(*) from target) <= ${input.maxCount}::int`,
              }).as('data'),
            ]),
        ),
    )
    .selectFrom('gone')
    .select(count.as('count')),
);

type Move = Directory & {
  readonly to: string;
  /** What the paths of all below it will begin with. */
  readonly toPrefix: string;
  readonly maxPathBytes: number;
  /** What all paths are to begin with until the transaction's end. */
  readonly aside: string;
  readonly changedAt: Date;
};

const moveDirectory = prepare('move-directory', (input: Bound<Move>) => {
  const { accountId, directoryPath, to, toPrefix, maxPathBytes, aside, changedAt } = input;
  return db
    .with(
      (cte) => cte('moving').materialized(),
      (cte) =>
        cte
          .selectFrom('resources')
          .select(({ eb, ref }) => [
            'id',
            'name',
            eb
              .case()
              .when('directory_path', '=', directoryPath)
              .then(sql<string>`${to}::text`)
              .else(
                sql<string>`${toPrefix}::text || substr(${ref('directory_path')}, char_length(${directoryPath}) + 1)`,
              )
              .end()
              .as('new_path'),
          ])
          .where(inDirectory(input))
          .orderBy('id')
          .forUpdate(),
    )
    .with(
      (cte) => cte('too_long').materialized(),
      (cte) =>
        cte
          .selectFrom('moving')
          .select('id')
          .where(({ eb, ref }) => eb(sql<number>`octet_length(${ref('new_path')})`, '>', maxPathBytes))
          .limit(1),
    )
    .with(
      (cte) => cte('taken').materialized(),
      (cte) =>
        cte
          .selectFrom('moving')
          .innerJoinLateral(
            ({ selectFrom }) =>
              selectFrom('resources')
                .select('resources.id')
                .where('resources.account_id', '=', accountId)
                .whereRef('resources.directory_path', '=', 'moving.new_path')
                .whereRef('resources.name', '=', 'moving.name')
                .limit(1)
                .as('existing'),
            (join) => join.onTrue(),
          )
          .select(['existing.id', 'moving.new_path', 'moving.name'])
          .where(({ exists, not, selectFrom }) =>
            not(exists(selectFrom('moving as other').select('other.id').whereRef('other.id', '=', 'existing.id'))),
          )
          .orderBy('moving.new_path')
          .orderBy('moving.name')
          .limit(1),
    )
    .with('moved', (cte) =>
      cte
        .updateTable('resources')
        .from('moving')
        .set(({ ref }) => ({
          directory_path: sql<string>`${aside}::text || ${ref('moving.new_path')}`,
          updated_at: toUpdatedAt(ref('resources.updated_at'), changedAt),
        }))
        .where('resources.account_id', '=', accountId)
        .whereRef('resources.id', '=', 'moving.id')
        .where(({ exists, not, selectFrom }) => not(exists(selectFrom('too_long').select('too_long.id'))))
        .where(({ exists, not, selectFrom }) => not(exists(selectFrom('taken').select('taken.id'))))
        .returning('resources.id'),
    )
    .with('counted', (cte) => cte.selectFrom('moved').select(count.as('count')))
    .with('told', (cte) =>
      cte
        .insertInto('events')
        .columns(['account_id', 'type', 'directory_path', 'other_path', 'data'])
        .expression(({ selectFrom }) =>
          selectFrom('counted')
            .where('count', '>', 0)
            .select(({ ref }) => [
              sql`${accountId}::text`.as('account_id'),
              sql.lit('directory.moved').as('type'),
              sql`${directoryPath}::text`.as('directory_path'),
              sql`${to}::text`.as('other_path'),
              toDirectoryData({ moved: ref('count') }).as('data'),
            ]),
        ),
    )
    .selectNoFrom(({ exists, selectFrom }) => [
      selectFrom('counted').select('count').$asScalar().$notNull().as('count'),
      exists(selectFrom('too_long').select('id')).as('is_too_long'),
      selectFrom('taken').select('id').as('existing_id'),
      selectFrom('taken').select('new_path').as('directory_path'),
      selectFrom('taken').select('name').as('name'),
    ]);
});

export type MovedRow = RowOf<typeof moveDirectory>;

type Range = { readonly accountId: string; readonly from: string; readonly end: string };

const settleDirectory = prepare('settle-directory', ({ accountId, from, end }: Bound<Range>) =>
  db
    .updateTable('resources')
    .set(({ ref }) => ({ directory_path: sql<string>`substr(${ref('directory_path')}, 2)` }))
    .where('account_id', '=', accountId)
    .where('directory_path', '>=', from)
    .where('directory_path', '<', end),
);

/** No path begins with it but those that are on their way, and nobody sees those. */
const ON_ITS_WAY = '\u0001';
const AFTER_ON_ITS_WAY = '\u0002';

/** Deletes up to `maxCount` records, in the order of the index that finds them. */
export function createDeleteDirectoryStatement(directory: DirectoryId, options: DeleteDirectoryOptions) {
  const { maxCount, deletionId } = options;
  return deleteDirectory({ ...toRange(directory), maxCount, deletionId, ...toDeletion(options) });
}

export type MoveOptions = { readonly to: string; readonly changedAt: Date; readonly maxPathBytes: number };

/**
 * The transaction that moves a directory; the rows of its first statement tell the outcome: what has the place that a record
 * would have taken, and where that is, is null when all were free. A unique index is checked row by row, so on the way up
 * (from "/a/b" to "/a") a record could meet one that has yet to leave; then all take a step aside first.
 */
export function createMoveStatements(directory: DirectoryId, { to, changedAt, maxPathBytes }: MoveOptions) {
  const { accountId, directoryPath } = directory;
  const toPrefix = to === '/' ? '' : to;
  const aside = directoryPath.startsWith(`${toPrefix}/`) ? ON_ITS_WAY : '';
  const move = moveDirectory({ ...toRange(directory), to, toPrefix, maxPathBytes, aside, changedAt });
  if (aside === '') return [move] as const;
  return [move, settleDirectory({ accountId, from: ON_ITS_WAY, end: AFTER_ON_ITS_WAY })] as const;
}

function toRange({ accountId, directoryPath }: DirectoryId): Directory {
  return { accountId, directoryPath, below: `${directoryPath}/`, end: `${directoryPath}0` };
}
