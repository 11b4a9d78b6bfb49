// A page that the tags' index finds: after the tag, it has the order of age.
import { expressionBuilder } from 'kysely';
import type { ListQuery } from '../../domain/find/ports.ts';
import { db, type Tables } from '../database/typed-sql.ts';
import { isWithin, selectTagged, toAfter, toTagConditions, toTimeConditions } from './list-conditions.ts';

const tagged = expressionBuilder<Tables, 'resource_tags'>();

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
export function selectTaggedIds(query: ListQuery) {
  const { accountId, filter, sort, maxCount } = query;
  const { tagsAny = [], tagsAll = [] } = filter;
  const [first, ...others] = tagsAll;
  const id = tagged.ref('resource_id');
  const conditions = [
    ...toTimeConditions(filter, tagged.ref('created_at')),
    ...(first === undefined ? [] : toTagConditions({ tagsAny, tagsAll: others }, { accountId, id })),
    ...toAfter(query, id),
  ];
  const pages = (first === undefined ? tagsAny : [first]).map((tag) => {
    const page = selectTagged({ accountId, tag })
      .select(['created_at', 'resource_id'])
      .where(tagged.and(conditions))
      .orderBy('created_at', sort.order)
      .orderBy('resource_id', sort.order)
      .limit(maxCount);
    return db.selectFrom(page.as('page')).selectAll();
  });
  const page = pages
    .reduce((all, one) => all.union(one))
    .orderBy('created_at', sort.order)
    .orderBy('resource_id', sort.order)
    .limit(maxCount);
  return db.selectFrom(page.as('tagged')).select('resource_id');
}
