// What a list's filter is in SQL: each condition as an index has it, over columns of `resources`.
import type { ListQuery } from '../../domain/find/ports.ts';
import type { ResourceFilter } from '../../domain/find/resource-filter.ts';
import type { ResourceSort } from '../../domain/find/resource-sort.ts';

/** Makes a value a bind parameter and gives its place in the text. No value is ever part of the text. */
export type Bind = (value: unknown) => string;

export const SORT_COLUMN = { created: 'created_at', name: 'name', size: 'size_bytes' } satisfies Record<
  ResourceSort['by'],
  string
>;

type ConditionOptions = { readonly accountId: string; readonly bind: Bind };

/** All but those on tags. An expression must be spelt as in its index; `^@` (begins with) is a range in byte order. */
export function toConditions(filter: ResourceFilter, { accountId, bind }: ConditionOptions): string[] {
  return [
    unlessAbsent(filter.directoryPath, (path) => inDirectory(path, filter.recursive === true, bind)),
    unlessAbsent(filter.namePrefix, (prefix) => `name ^@ ${bind(prefix)}`),
    unlessAbsent(filter.mimeType, (mimeType) => ofMimeType(mimeType, bind)),
    unlessAbsent(filter.createdBy, (subject) => `created_by = ${bind(subject)}`),
    unlessAbsent(filter.createdFrom, (time) => `created_at >= ${bindTime(time, bind)}`),
    unlessAbsent(filter.createdBefore, (time) => `created_at < ${bindTime(time, bind)}`),
    unlessAbsent(filter.updatedFrom, (time) => `updated_at >= ${bindTime(time, bind)}`),
    unlessAbsent(filter.updatedBefore, (time) => `updated_at < ${bindTime(time, bind)}`),
    unlessAbsent(filter.minSizeBytes, (bytes) => `size_bytes >= ${bind(bytes)}`),
    unlessAbsent(filter.maxSizeBytes, (bytes) => `size_bytes <= ${bind(bytes)}`),
    unlessAbsent(filter.sha256, (sha256) => ofBlob(accountId, sha256, bind)),
    unlessAbsent(filter.metadata, (part) => containing(JSON.stringify(part), bind)),
  ].filter((condition) => condition !== undefined);
}

/** The place that a list goes on behind; `id` is the column that has the resource's id. */
export function toBehind({ sort, after }: ListQuery, { id, bind }: { id: string; bind: Bind }): string[] {
  if (after === null) return [];
  const key = sort.by === 'created' ? bindTime(new Date(after.key), bind) : bind(after.key);
  return [`(${SORT_COLUMN[sort.by]}, ${id}) ${sort.order === 'asc' ? '>' : '<'} (${key}, ${bind(after.id)}::uuid)`];
}

/** Whether nothing is asked for but what is in `fields`. */
export function isWithin(filter: ResourceFilter, fields: { readonly [Field in keyof ResourceFilter]?: true }): boolean {
  return Object.entries(filter).every(([field, value]) => value === undefined || Object.hasOwn(fields, field));
}

function bindTime(time: Date, bind: Bind): string {
  return `${bind(time.toISOString())}::timestamptz`;
}

function unlessAbsent<Value, Made>(value: Value | undefined, make: (value: Value) => Made): Made | undefined {
  return value === undefined ? undefined : make(value);
}

function ofBlob(accountId: string, sha256: string, bind: Bind): string {
  return `blob_id = (select id from blobs where account_id = ${bind(accountId)} and sha256 = ${bind(sha256)})`;
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

/** Longer metadata than this is not looked for by its signature: only what is short has one that says all of it. */
export const MAX_SIGNED_CHARACTERS = 4_000;

/**
 * Whoever walks through other rows is spared most of the look at their metadata by the signature. Within `coalesce` the
 * planner takes it for a coin's toss; bare, it would take it for 1 in 200, beside what it knows of the metadata.
 */
function containing(part: string, bind: Bind): string {
  const text = `${bind(part)}::text`;
  const contained = `metadata::jsonb @> ${text}::jsonb`;
  if (part.length > MAX_SIGNED_CHARACTERS) return contained;
  const bits = `metadata_bits(${text}::json)`;
  return `coalesce(metadata_bits & ${bits} = ${bits}, false)\n  and ${contained}`;
}
