// The tags that a list is narrowed to, in SQL. Behind the tag, their index has the order of age.
import type { ListQuery } from '../../domain/find/ports.ts';
import type { ResourceFilter } from '../../domain/find/resource-filter.ts';
import { type Bind, isWithin, toBehind, toConditions } from './list-conditions.ts';

type TagOptions = { readonly account: string; readonly id: string; readonly bind: Bind };

/** Each as a condition on `id`, the column that has the resource's id; `account` is the bind parameter. */
export function toTagConditions({ tagsAny = [], tagsAll = [] }: ResourceFilter, options: TagOptions): string[] {
  const { id, account, bind } = options;
  const any = tagsAny.length > 0 ? [`any(${bind(tagsAny)}::text[])`] : [];
  return [...tagsAll.map(bind), ...any].map((tags) => `${id} in (select resource_id ${withTag(tags, account)})`);
}

function withTag(tags: string, account: string): string {
  return `from resource_tags where account_id = ${account} and tag = ${tags}`;
}

const OF_TAGS = { tagsAny: true, tagsAll: true, createdFrom: true, createdBefore: true } as const;

/** Whether the tags' index alone gives the page, in order. */
export function isOfTags({ filter, sort }: ListQuery): boolean {
  const count = (filter.tagsAny?.length ?? 0) + (filter.tagsAll?.length ?? 0);
  return sort.by === 'created' && count > 0 && isWithin(filter, OF_TAGS);
}

/**
 * The ids of such a page. A tag that all must have leads, else each of those of which one suffices; what has it is read in
 * order and cut off at a full page, however much there is.
 */
export function toTaggedIds(query: ListQuery, { account, bind }: Omit<TagOptions, 'id'>): string {
  const { accountId, filter, sort } = query;
  const { tagsAny = [], tagsAll = [] } = filter;
  const [first, ...others] = tagsAll;
  const followers = first === undefined ? {} : { tagsAny, tagsAll: others };
  const conditions = [
    ...toConditions({ ...filter, ...NO_TAGS }, { accountId, bind }),
    ...toTagConditions({ ...filter, ...NO_TAGS, ...followers }, { account, id: 'resource_id', bind }),
    ...toBehind(query, { id: 'resource_id', bind }),
  ];
  const end = `order by created_at ${sort.order}, resource_id ${sort.order} limit ${bind(query.maxCount)}`;
  const pages = (first === undefined ? tagsAny : [first]).map((tag) => {
    const found = [withTag(bind(tag), account), ...conditions].join('\n      and ');
    return `(select created_at, resource_id ${found} ${end})`;
  });
  const page = pages.length === 1 ? pages[0] : `${pages.join('\n    union ')} ${end}`;
  return `select resource_id from (
    ${page}
  ) as tagged`;
}

const NO_TAGS = { tagsAny: undefined, tagsAll: undefined } as const;
