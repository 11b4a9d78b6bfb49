// The statement that reads a directory: its sums, and a page of the directories in it with theirs.
import type { DirectoryContents, DirectoryQuery } from '../../domain/find/ports.ts';
import { type Row, type Statement, UNNAMED } from '../database/database.ts';

/*
 * Paths are grouped as they come from the unique index, which holds the sizes as well; only then, with as many rows as
 * there are paths, is a child's name cut out. What lies in the directory itself and what lies below it are two scans,
 * since with an "or" between them neither would be a range of that index. $3 is what every path below begins with.
 */
const TEXT = `
with here as (
  select count(*) as resource_count, coalesce(sum(size_bytes), 0) as size_bytes
  from resources where account_id = $1 and directory_path = $2
), below as materialized (
  select directory_path, count(*) as resource_count, sum(size_bytes) as size_bytes
  from resources where account_id = $1 and directory_path ^@ $3 and directory_path <> $2 group by directory_path
), children as materialized (
  select split_part(substr(directory_path, length($3) + 1), '/', 1) as name,
    sum(resource_count) as resource_count, sum(size_bytes) as size_bytes
  from below group by 1
), page as (
  select * from children where $4::text is null or name > $4 order by name limit $5
), totals as (
  select here.resource_count + coalesce((select sum(resource_count) from children), 0) as resource_count,
    here.size_bytes + coalesce((select sum(size_bytes) from children), 0) as size_bytes
  from here
)
select totals.resource_count::text as total_count, totals.size_bytes::text as total_bytes,
  page.name, page.resource_count::text as resource_count, page.size_bytes::text as size_bytes
from totals left join page on true order by page.name`;

export function createReadDirectoryStatement({ accountId, path, afterName, maxCount }: DirectoryQuery): Statement {
  const below = path === '/' ? '/' : `${path}/`;
  return { name: UNNAMED, text: TEXT, values: [accountId, path, below, afterName, maxCount] };
}

/** The statement gives at least one row; without a page its only one has no name. */
export function toDirectoryContents(rows: readonly Row[]): DirectoryContents {
  const [first] = rows;
  if (first === undefined) throw new Error('the database gave no sums of a directory');
  return {
    resourceCount: Number(first.total_count),
    sizeBytes: Number(first.total_bytes),
    children: rows
      .filter(({ name }) => name !== null)
      .map((row) => ({
        name: row.name as string,
        resourceCount: Number(row.resource_count),
        sizeBytes: Number(row.size_bytes),
      })),
  };
}
