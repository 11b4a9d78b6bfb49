// The statement that reads a directory: its sums, and a page of the directories in it with theirs.
import { type Expression, sql } from 'kysely';
import type { DirectoryContents, DirectoryQuery } from '../../domain/find/ports.ts';
import { type RowOf, UNNAMED } from '../database/database.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';
import { toDigits } from './read-statements.ts';

type Input = DirectoryQuery & {
  /** What every path below begins with. */
  readonly below: string;
};

const sumOr0 = (sizes: Expression<unknown>) => sql<number>`coalesce(sum(${sizes}), 0)`;

/*
 * Paths are grouped as they come from the unique index, which holds the sizes as well; only then, with as many rows as
 * there are paths, is a child's name cut out. What lies in the directory itself and what lies below it are two scans,
 * since with an "or" between them neither would be a range of that index.
 */
const createStatement = prepare(UNNAMED, ({ accountId, path, below, afterName, maxCount }: Bound<Input>) =>
  db
    .with('here', (cte) =>
      cte
        .selectFrom('resources')
        .select(({ fn, ref }) => [
          fn.countAll<number>().as('resource_count'),
          sumOr0(ref('size_bytes')).as('size_bytes'),
        ])
        .where('account_id', '=', accountId)
        .where('directory_path', '=', path),
    )
    .with(
      (cte) => cte('below').materialized(),
      (cte) =>
        cte
          .selectFrom('resources')
          .select(({ fn }) => [
            'directory_path',
            fn.countAll<number>().as('resource_count'),
            fn.sum<number>('size_bytes').as('size_bytes'),
          ])
          .where('account_id', '=', accountId)
          .where('directory_path', '^@', below)
          .where('directory_path', '<>', path)
          .groupBy('directory_path'),
    )
    .with(
      (cte) => cte('children').materialized(),
      (cte) =>
        cte
          .selectFrom('below')
          .select(({ fn, ref }) => [
            sql<string>`split_part(substr(${ref('directory_path')}, length(${below}) + 1), '/', 1)`.as('name'),
            fn.sum<number>('resource_count').as('resource_count'),
            fn.sum<number>('size_bytes').as('size_bytes'),
          ])
          .groupBy(sql`1`),
    )
    .with('page', (cte) =>
      cte
        .selectFrom('children')
        .selectAll()
        .where(({ eb, or }) => or([sql<boolean>`${afterName}::text is null`, eb('name', '>', afterName)]))
        .orderBy('name')
        .limit(maxCount),
    )
    .with('totals', (cte) =>
      cte.selectFrom('here').select(({ ref, selectFrom }) => {
        const counts = selectFrom('children').select(({ ref }) => sumOr0(ref('children.resource_count')).as('sum'));
        const sizes = selectFrom('children').select(({ ref }) => sumOr0(ref('children.size_bytes')).as('sum'));
        return [
          sql<number>`${ref('here.resource_count')} + (${counts})`.as('resource_count'),
          sql<number>`${ref('here.size_bytes')} + (${sizes})`.as('size_bytes'),
        ];
      }),
    )
    .selectFrom('totals')
    .leftJoin('page', (join) => join.onTrue())
    .select(({ ref }) => [
      toDigits(ref('totals.resource_count')).as('total_count'),
      toDigits(ref('totals.size_bytes')).as('total_bytes'),
      'page.name',
      toDigits(ref('page.resource_count')).as('resource_count'),
      toDigits(ref('page.size_bytes')).as('size_bytes'),
    ])
    .orderBy('page.name'),
);

export function createReadDirectoryStatement(query: DirectoryQuery) {
  return createStatement({ ...query, below: query.path === '/' ? '/' : `${query.path}/` });
}

type DirectoryRow = RowOf<typeof createStatement>;

/** The statement gives at least one row; without a page its only one has no name. */
export function toDirectoryContents(rows: readonly DirectoryRow[]): DirectoryContents {
  const [first] = rows;
  if (first === undefined) throw new Error('the database gave no sums of a directory');
  return {
    resourceCount: Number(first.total_count),
    sizeBytes: Number(first.total_bytes),
    children: rows.flatMap(({ name, resource_count, size_bytes }) =>
      name === null ? [] : [{ name, resourceCount: Number(resource_count), sizeBytes: Number(size_bytes) }],
    ),
  };
}
