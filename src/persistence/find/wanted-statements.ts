// The statements that look up many at once, of any accounts: what is wanted is a relation, and `nth` tells which of it a
// row is for, from 1.
import { type Expression, expressionBuilder, sql } from 'kysely';
import type { Keyed } from '../database/shared-reads.ts';
import { type Bound, db, prepare, type Tables } from '../database/typed-sql.ts';
import { selectContents } from './content-statements.ts';
import { selectIdAt, selectResources } from './read-statements.ts';

/** So much of one row's metadata or bytes is sent beside others'; what is heavier is looked up alone. */
const MAX_SHARED_BYTES = 32 * 1024;

const { ref } = expressionBuilder<Tables, 'resources' | 'blobs'>();

type List = { readonly list: Expression<readonly string[]>; readonly type: 'text' | 'uuid' };
type Wanted<Key> = { readonly nth: number; readonly account_id: string } & Key;

/** `lists`: one array for each column of a key, all of one length, by the column's name. */
function selectWanted<Key extends { readonly [column: string]: string }>(
  accounts: Expression<readonly string[]>,
  lists: { readonly [Column in keyof Key]: List },
) {
  const columns = Object.entries(lists);
  // Behind a select the planner sees no array's length, and does not plan anew for each.
  const toArray = ({ list, type }: List) => sql`(select ${list}::${sql.raw(type)}[])`;
  const arrays = [toArray({ list: accounts, type: 'text' }), ...columns.map(([, list]) => toArray(list))];
  const names = ['account_id', ...columns.map(([name]) => name), 'nth'].map((name) => sql.ref(name));
  const relation = sql<Wanted<Key>>`unnest(${sql.join(arrays)}) with ordinality`;
  return db.selectFrom(relation.as<'wanted'>(sql`wanted(${sql.join(names)})`));
}

const nth = sql<number>`wanted.nth::int`.as('nth');

const metadata = sql<string>`${ref('resources.metadata')}::text`;
const isHeavyRecord = sql<boolean>`octet_length(${metadata}) > ${sql.lit(MAX_SHARED_BYTES)}`;
const lightMetadata = sql<string | null>`case when ${isHeavyRecord} then null else ${metadata} end`;
const content = ref('blobs.content');
const isHeavyContent = sql<boolean>`octet_length(${content}) > ${sql.lit(MAX_SHARED_BYTES)}`;
const lightContent = sql<Uint8Array | null>`case when ${isHeavyContent} then null else ${content} end`;

type Lists<Names extends string> = { readonly [Name in Names | 'accountIds']: readonly string[] };

/*
 * The limits keep PostgreSQL from any other way than one look into an index for each that is wanted: of tables that are
 * partitioned, only the account's partition is then touched.
 */
export const createFindResourcesStatement = prepare('find-resources', ({ accountIds, ids }: Bound<Lists<'ids'>>) =>
  selectWanted<{ id: string }>(accountIds, { id: { list: ids, type: 'uuid' } })
    .innerJoinLateral(
      ({ ref }) =>
        selectResources(ref('wanted.account_id'), lightMetadata)
          .select(isHeavyRecord.as('is_heavy'))
          .where('resources.id', '=', ref('wanted.id'))
          .limit(sql.lit(1))
          .as('found'),
      (join) => join.onTrue(),
    )
    .selectAll('found')
    .select(nth),
);

export const createFindByPathsStatement = prepare(
  'find-by-paths',
  ({ accountIds, directoryPaths, names }: Bound<Lists<'directoryPaths' | 'names'>>) =>
    selectWanted<{ directory_path: string; name: string }>(accountIds, {
      directory_path: { list: directoryPaths, type: 'text' },
      name: { list: names, type: 'text' },
    })
      .innerJoinLateral(
        ({ ref }) =>
          selectResources(ref('wanted.account_id'), lightMetadata)
            .select(isHeavyRecord.as('is_heavy'))
            .where(
              'resources.id',
              '=',
              selectIdAt({
                accountId: ref('wanted.account_id'),
                directoryPath: ref('wanted.directory_path'),
                name: ref('wanted.name'),
              }),
            )
            .limit(sql.lit(1))
            .as('found'),
        (join) => join.onTrue(),
      )
      .selectAll('found')
      .select(nth),
);

export const createFindContentsStatement = prepare('find-contents', ({ accountIds, ids }: Bound<Lists<'ids'>>) =>
  selectWanted<{ id: string }>(accountIds, { id: { list: ids, type: 'uuid' } })
    .innerJoinLateral(
      ({ ref }) =>
        selectContents(ref('wanted.account_id'), lightContent)
          .select(isHeavyContent.as('is_heavy'))
          .where('resources.id', '=', ref('wanted.id'))
          .limit(sql.lit(1))
          .as('found'),
      (join) => join.onTrue(),
    )
    .selectAll('found')
    .select(nth),
);

export const createFindBlobsStatement = prepare('find-blobs', ({ accountIds, sha256s }: Bound<Lists<'sha256s'>>) =>
  selectWanted<{ sha256: string }>(accountIds, { sha256: { list: sha256s, type: 'text' } })
    .innerJoinLateral(
      ({ ref }) =>
        db
          .selectFrom('blobs')
          .select(['sha256', 'storage_bucket', 'storage_key'])
          .where('account_id', '=', ref('wanted.account_id'))
          // As in the shared insert: only one index has this order.
          .where('sha256', '>=', ref('wanted.sha256'))
          .orderBy('sha256')
          .limit(sql.lit(1))
          .as('found'),
      (join) => join.onRef('found.sha256', '=', 'wanted.sha256'),
    )
    .select(['found.storage_bucket', 'found.storage_key'])
    .select(nth),
);

/** One list for the accounts, and one for what `pick` gives under each name. */
export function toLists<Key, Names extends string>(
  wanted: readonly Keyed<Key>[],
  pick: { readonly [Name in Names]: (key: Key) => string },
): Lists<Names> {
  const lists = Object.entries<(key: Key) => string>(pick).map(([name, of]) => [
    name,
    wanted.map(({ key }) => of(key)),
  ]);
  return { accountIds: wanted.map(({ accountId }) => accountId), ...Object.fromEntries(lists) };
}
