// What a list of files is filtered and sorted by, as the console's address spells it and as the API is asked.
import type { GatewayApi } from 'resource-gateway-client';
import type { Place } from '../place.ts';

export type ListInput = NonNullable<Parameters<GatewayApi['resource']['list']['query']>[0]>;

export type Sort = { readonly by: 'name' | 'size' | 'created'; readonly order: 'asc' | 'desc' };

/** The parameters that make a list a search: with one of them, directories are not shown. */
export const FILTERS = [
  'name',
  'deep',
  'tag',
  'anytag',
  'metadata',
  'type',
  'sha256',
  'min',
  'max',
  'from',
  'before',
  'changedfrom',
  'changedbefore',
  'by',
] as const;

export type Criteria = {
  readonly sort: Sort;
  /** Whether anything is filtered. */
  readonly isSearch: boolean;
  readonly input: ListInput;
};

const SORTS: readonly string[] = ['name', 'size', 'created'] satisfies Sort['by'][];

/** Total: what cannot be understood does not filter; what the gateway does not understand, it says. */
export function toCriteria({ path, query }: Place): Criteria {
  const by = query.get('sort') ?? 'name';
  const sort: Sort = {
    by: SORTS.includes(by) ? (by as Sort['by']) : 'name',
    order: query.get('order') === 'desc' ? 'desc' : 'asc',
  };
  const text = (name: string) => query.get(name)?.trim() || undefined;
  const input = {
    directoryPath: path,
    recursive: query.has('deep') || undefined,
    namePrefix: text('name'),
    tagsAll: listOf(query, 'tag'),
    tagsAny: listOf(query, 'anytag'),
    metadata: toObject(text('metadata')),
    mimeType: text('type'),
    sha256: text('sha256'),
    minSizeBytes: toNumber(text('min')),
    maxSizeBytes: toNumber(text('max')),
    createdFrom: toTime(text('from')),
    createdBefore: toTime(text('before')),
    updatedFrom: toTime(text('changedfrom')),
    updatedBefore: toTime(text('changedbefore')),
    createdBy: text('by'),
    sort: sort.by,
    order: sort.order,
  };
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  return { sort, isSearch: FILTERS.some((name) => query.has(name)), input: Object.fromEntries(given) };
}

function listOf(query: URLSearchParams, name: string): string[] | undefined {
  const values = query.getAll(name).filter((value) => value !== '');
  return values.length === 0 ? undefined : values;
}

/** JSON that is an object; else undefined. */
export function toObject(text: string | undefined): { [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined || !Number.isFinite(Number(text)) ? undefined : Number(text);
}

/** A day or a local time, as browsers' fields have them, or a time of RFC 3339. */
function toTime(text: string | undefined): string | undefined {
  const time = text === undefined ? Number.NaN : new Date(/T/.test(text) ? text : `${text}T00:00`).getTime();
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
