// What a list's filter is in SQL: each condition as an index has it, over columns of `resources`.
import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely';
import type { ListQuery } from '../../domain/find/ports.ts';
import type { ResourceFilter } from '../../domain/find/resource-filter.ts';
import type { ResourceSort } from '../../domain/find/resource-sort.ts';
import { type Bound, db, type Operand, type Tables } from '../database/typed-sql.ts';

type Condition = Expression<SqlBool>;

const column = expressionBuilder<Tables, 'resources'>();

export const SORT_COLUMN = { created: 'created_at', name: 'name', size: 'size_bytes' } as const satisfies Record<
  ResourceSort['by'],
  keyof Tables['resources']
>;

type Fitting = { readonly accountId: string; readonly filter: ResourceFilter };

/** The account's resources that fit the filter. */
export function selectFitting({ accountId, filter }: Fitting) {
  return db
    .selectFrom('resources')
    .where('account_id', '=', accountId)
    .where(column.and(toConditions({ accountId, filter })));
}

/** An expression must be spelt as in its index; `^@` (begins with) is a range in byte order. */
function toConditions({ accountId, filter }: Fitting): Condition[] {
  return [
    unlessAbsent(filter.directoryPath, (path) => inDirectory(path, filter.recursive === true)),
    unlessAbsent(filter.namePrefix, (prefix) => column('name', '^@', prefix)),
    unlessAbsent(filter.mimeType, ofMimeType),
    unlessAbsent(filter.createdBy, (subject) => column('created_by', '=', subject)),
    ...toTimeConditions(filter, column.ref('created_at')),
    unlessAbsent(filter.updatedFrom, (time) => column('updated_at', '>=', time)),
    unlessAbsent(filter.updatedBefore, (time) => column('updated_at', '<', time)),
    unlessAbsent(filter.minSizeBytes, (bytes) => column('size_bytes', '>=', bytes)),
    unlessAbsent(filter.maxSizeBytes, (bytes) => column('size_bytes', '<=', bytes)),
    unlessAbsent(filter.sha256, (sha256) => ofBlob({ accountId, sha256 })),
    unlessAbsent(filter.metadata, (part) => containing(JSON.stringify(part))),
    ...toTagConditions(filter, { accountId, id: column.ref('id') }),
  ].filter((condition) => condition !== undefined);
}

type TagOptions = { readonly accountId: string; readonly id: Expression<string> };

/** Those on tags; `id` is the column that has the resource's id. */
export function toTagConditions(
  { tagsAny = [], tagsAll = [] }: Pick<ResourceFilter, 'tagsAny' | 'tagsAll'>,
  { accountId, id }: TagOptions,
): Condition[] {
  const any = tagsAny.length > 0 ? [sql<string>`any(${tagsAny}::text[])`] : [];
  return [...tagsAll, ...any].map((tag) => column(id, 'in', selectTagged({ accountId, tag }).select('resource_id')));
}

export function selectTagged({ accountId, tag }: { readonly accountId: string; readonly tag: Operand<string> }) {
  return db.selectFrom('resource_tags').where('account_id', '=', accountId).where('tag', '=', tag);
}

/** Those on the time of creation, which tags repeat: `createdAt` is the column that has it. */
export function toTimeConditions(
  { createdFrom, createdBefore }: ResourceFilter,
  createdAt: Expression<Date>,
): Condition[] {
  return [
    unlessAbsent(createdFrom, (time) => column(createdAt, '>=', time)),
    unlessAbsent(createdBefore, (time) => column(createdAt, '<', time)),
  ].filter((condition) => condition !== undefined);
}

/** Whether nothing is asked for but what is in `fields`. */
export function isWithin(filter: ResourceFilter, fields: { readonly [Field in keyof ResourceFilter]?: true }): boolean {
  return Object.entries(filter).every(([field, value]) => value === undefined || Object.hasOwn(fields, field));
}

/** The place that a list goes on after; `id` is the column that has the resource's id. */
export function toAfter({ sort, after }: ListQuery, id: Expression<string>): Condition[] {
  if (after === null) return [];
  const key = sort.by === 'created' ? new Date(after.key) : after.key;
  const places = [sql`(${sql.ref(SORT_COLUMN[sort.by])}, ${id})`, sql`(${key}, ${after.id}::uuid)`];
  return [sql<SqlBool>`${sql.join(places, sort.order === 'asc' ? sql` > ` : sql` < `)}`];
}

/** The same for statements that are made once for every place; unused when a list begins at the beginning. */
export type Place = { readonly afterKey: string | number | Date; readonly afterId: string };

export function toPlace({ sort, after }: ListQuery): Place {
  if (after === null) return { afterKey: '', afterId: '' };
  return { afterKey: sort.by === 'created' ? new Date(after.key) : after.key, afterId: after.id };
}

const KEY_TYPE = { created: 'timestamptz', name: 'text', size: 'bigint' } satisfies Record<ResourceSort['by'], string>;

export function isAfterPlace({ by, order }: ResourceSort, { afterKey, afterId }: Bound<Place>): Condition {
  const [comparison, type] = [sql.raw(order === 'asc' ? '>' : '<'), sql.raw(KEY_TYPE[by])];
  return sql<SqlBool>`(${sql.ref(SORT_COLUMN[by])}, ${sql.ref('id')}) ${comparison} (${afterKey}::${type}, ${afterId}::uuid)`;
}

function unlessAbsent<Value, Made>(value: Value | undefined, make: (value: Value) => Made): Made | undefined {
  return value === undefined ? undefined : make(value);
}

function ofBlob({ accountId, sha256 }: { readonly accountId: string; readonly sha256: string }): Condition {
  const blob = db.selectFrom('blobs').select('id').where('account_id', '=', accountId).where('sha256', '=', sha256);
  return column('blob_id', '=', blob);
}

function inDirectory(path: string, recursive: boolean): Condition | undefined {
  const inItself = column('directory_path', '=', path);
  if (!recursive) return inItself;
  return path === '/' ? undefined : column.or([inItself, column('directory_path', '^@', `${path}/`)]);
}

function ofMimeType({ type, subtype }: NonNullable<ResourceFilter['mimeType']>): Condition {
  const essence = sql<string>`split_part(${column.ref('mime_type')}, ';', 1)`;
  return subtype === null ? column(essence, '^@', `${type}/`) : column(essence, '=', `${type}/${subtype}`);
}

/** Longer metadata than this is not looked for by its Bloom filter: only what is short has one that says all of it. */
export const MAX_FILTERED_LENGTH = 4_000;

/**
 * The Bloom filter spares an index scan most looks at the metadata of other rows. Within `coalesce` the
 * planner takes it for a coin's toss; bare, it would take it for 1 in 200, beside what it knows of the metadata.
 */
function containing(part: string): Condition {
  const contained = sql<SqlBool>`${column.ref('metadata')}::jsonb @> ${part}::text::jsonb`;
  if (part.length > MAX_FILTERED_LENGTH) return contained;
  const bits = sql`metadata_bits(${part}::text::json)`;
  return column.and([sql<SqlBool>`coalesce(${column.ref('metadata_bits')} & ${bits} = ${bits}, false)`, contained]);
}
