// What a list should give, found the plain way: look at every resource, sort all that fit, cut.
import type { JsonObject, JsonValue } from '../../../src/domain/fields/labels.ts';
import type { ListQuery } from '../../../src/domain/find/ports.ts';
import type { ResourceFilter } from '../../../src/domain/find/resource-filter.ts';
import type { ResourceSort } from '../../../src/domain/find/resource-sort.ts';
import type { Resource } from '../../../src/domain/resource.ts';

export function listPlainly(resources: readonly Resource[], query: ListQuery): Resource[] {
  const { filter, sort, after, maxCount } = query;
  const compare = (a: Place, b: Place) => comparePlaces(a, b) * (sort.order === 'asc' ? 1 : -1);
  return resources
    .filter((resource) => isFitting(resource, filter))
    .map((resource) => ({ resource, key: toKey(resource, sort), id: resource.id }))
    .sort(compare)
    .filter((place) => after === null || compare(place, after) > 0)
    .slice(0, maxCount)
    .map(({ resource }) => resource);
}

type Place = { readonly key: string | number; readonly id: string };

export function toKey(resource: Resource, { by }: ResourceSort): string | number {
  return { created: resource.createdAt.getTime(), name: resource.name, size: resource.sizeBytes }[by];
}

function comparePlaces(a: Place, b: Place): number {
  const keys =
    typeof a.key === 'string' ? Buffer.compare(Buffer.from(a.key), Buffer.from(String(b.key))) : a.key - Number(b.key);
  return keys || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function isFitting(resource: Resource, filter: ResourceFilter): boolean {
  const { directoryPath: path, mimeType, tagsAny = [], tagsAll = [] } = filter;
  const essence = resource.mimeType.split(';')[0] as string;
  const lies = (prefix: string) => `${resource.directoryPath}/`.startsWith(prefix);
  const checks: boolean[] = [
    path === undefined ||
      resource.directoryPath === path ||
      (filter.recursive === true && lies(path === '/' ? path : `${path}/`)),
    resource.name.startsWith(filter.namePrefix ?? ''),
    mimeType === undefined ||
      `${essence}/`.startsWith(`${mimeType.type}/${mimeType.subtype === null ? '' : `${mimeType.subtype}/`}`),
    filter.createdBy === undefined || resource.createdBy === filter.createdBy,
    filter.sha256 === undefined || resource.sha256 === filter.sha256,
    isWithin(resource.createdAt, filter.createdFrom, filter.createdBefore),
    isWithin(resource.updatedAt, filter.updatedFrom, filter.updatedBefore),
    resource.sizeBytes >= (filter.minSizeBytes ?? 0) && resource.sizeBytes <= (filter.maxSizeBytes ?? Infinity),
    tagsAny.length === 0 || tagsAny.some((tag) => resource.tags.includes(tag)),
    tagsAll.every((tag) => resource.tags.includes(tag)),
    filter.metadata === undefined || (resource.metadata !== null && contains(resource.metadata, filter.metadata)),
  ];
  return checks.every(Boolean);
}

function isWithin(time: Date, from?: Date, before?: Date): boolean {
  return time.getTime() >= (from?.getTime() ?? -Infinity) && time.getTime() < (before?.getTime() ?? Infinity);
}

/** PostgreSQL's `@>`: members that are there, elements that are somewhere in the array; the rest is equality. */
function contains(whole: JsonValue, part: JsonValue): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((one) => whole.some((other: JsonValue) => contains(other, one)));
  }
  if (typeof part !== 'object' || part === null) return whole === part;
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return false;
  return Object.entries(part as JsonObject).every(
    ([key, value]) => Object.hasOwn(whole, key) && contains((whole as JsonObject)[key] as JsonValue, value),
  );
}
