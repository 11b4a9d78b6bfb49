// The statement that lists resources: made for the filters, the order and the place that are asked for, and no others.
import type { ListQuery } from '../domain/read-ports.ts';
import type { ResourceFilter } from '../domain/resource-filter.ts';
import type { ResourceSort, SortPosition } from '../domain/resource-sort.ts';
import { type Statement, UNNAMED } from './database.ts';
import { RESOURCE_COLUMNS } from './read-statements.ts';

/** Makes a value a bind parameter and gives its place in the text. No value is ever part of the text. */
type Bind = (value: unknown) => string;

const SORT_COLUMN = { created: 'created_at', name: 'name', size: 'size_bytes' } satisfies Record<
  ResourceSort['by'],
  string
>;

/** The page is found first, from `resources` alone; only its rows are joined with their blobs and tags. */
export function createListStatement({ accountId, filter, sort, after, maxCount }: ListQuery): Statement {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const column = SORT_COLUMN[sort.by];
  const conditions = [`account_id = ${bind(accountId)}`, ...toConditions(filter, bind)];
  if (filter.sha256 !== undefined) conditions.push(ofBlob(accountId, filter.sha256, bind));
  if (after !== null) conditions.push(behind(after, sort, bind));
  const text = `
select ${RESOURCE_COLUMNS}
from (
  select * from resources where ${conditions.join('\n  and ')}
  order by ${column} ${sort.order}, id ${sort.order} limit ${bind(maxCount)}
) as resources join blobs on blobs.id = resources.blob_id
order by resources.${column} ${sort.order}, resources.id ${sort.order}`;
  return { name: UNNAMED, text, values };
}

function behind({ key, id }: SortPosition, { by, order }: ResourceSort, bind: Bind): string {
  const value = by === 'created' ? `${bind(new Date(key).toISOString())}::timestamptz` : bind(key);
  return `(${SORT_COLUMN[by]}, id) ${order === 'asc' ? '>' : '<'} (${value}, ${bind(id)}::uuid)`;
}

function ofBlob(accountId: string, sha256: string, bind: Bind): string {
  return `blob_id = (select id from blobs where account_id = ${bind(accountId)} and sha256 = ${bind(sha256)})`;
}

/** Each as an index has it: an expression must be spelt as in the index, and `^@` (begins with) is a range in byte order. */
function toConditions(filter: ResourceFilter, bind: Bind): string[] {
  const tagged = (tags: string) => `id in (select resource_id from resource_tags where tag = ${tags})`;
  return [
    unlessAbsent(filter.directoryPath, (path) => inDirectory(path, filter.recursive === true, bind)),
    unlessAbsent(filter.namePrefix, (prefix) => `name ^@ ${bind(prefix)}`),
    unlessAbsent(filter.mimeType, (mimeType) => ofMimeType(mimeType, bind)),
    unlessAbsent(filter.createdBy, (subject) => `created_by = ${bind(subject)}`),
    unlessAbsent(filter.createdFrom, (time) => `created_at >= ${bind(time.toISOString())}::timestamptz`),
    unlessAbsent(filter.createdBefore, (time) => `created_at < ${bind(time.toISOString())}::timestamptz`),
    unlessAbsent(filter.updatedFrom, (time) => `updated_at >= ${bind(time.toISOString())}::timestamptz`),
    unlessAbsent(filter.updatedBefore, (time) => `updated_at < ${bind(time.toISOString())}::timestamptz`),
    unlessAbsent(filter.minSizeBytes, (bytes) => `size_bytes >= ${bind(bytes)}`),
    unlessAbsent(filter.maxSizeBytes, (bytes) => `size_bytes <= ${bind(bytes)}`),
    unlessAbsent(filter.metadata, (part) => `metadata::jsonb @> ${bind(JSON.stringify(part))}::jsonb`),
    unlessAbsent(filter.tagsAny, (tags) => (tags.length > 0 ? tagged(`any(${bind(tags)}::text[])`) : undefined)),
    ...(filter.tagsAll ?? []).map((tag) => tagged(bind(tag))),
  ].filter((condition) => condition !== undefined);
}

function unlessAbsent<Value, Made>(value: Value | undefined, make: (value: Value) => Made): Made | undefined {
  return value === undefined ? undefined : make(value);
}

function inDirectory(path: string, recursive: boolean, bind: Bind): string | undefined {
  if (!recursive) return `directory_path = ${bind(path)}`;
  if (path === '/') return undefined;
  return `(directory_path = ${bind(path)} or directory_path ^@ ${bind(`${path}/`)})`;
}

function ofMimeType({ type, subtype }: NonNullable<ResourceFilter['mimeType']>, bind: Bind): string {
  const essence = `split_part(mime_type, ';', 1)`;
  return subtype === null ? `${essence} ^@ ${bind(`${type}/`)}` : `${essence} = ${bind(`${type}/${subtype}`)}`;
}
