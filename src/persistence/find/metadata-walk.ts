// The statement that finds a page of frequent metadata by walking in order, or finds nothing. It never reads without bound.
import type { ListQuery } from '../../domain/find/ports.ts';
import type { ResourceSort } from '../../domain/find/resource-sort.ts';
import type { Statement } from '../database/database.ts';
import { isWithin, MAX_SIGNED_CHARACTERS, SORT_COLUMN } from './list-conditions.ts';
import { PAGE_COLUMNS, toResourceColumns, toWeighed } from './read-statements.ts';

/** So many entries of the order's index tell whether it is worth while to go on. */
const SAMPLED_ENTRIES = 1_000;
/** Of those, so many at most are looked at to see whether they fit. */
const SAMPLED_CANDIDATES = 64;
/** A walk ends here. It begins when the sample promises a full page in two thirds of it. */
const WALKED_ENTRIES = 48_000;
const ENTRIES_A_MATCH = (WALKED_ENTRIES * 2) / 3 / SAMPLED_ENTRIES;
/** A walk ends as well when it has looked at so many candidates for each place on the page. */
const CANDIDATES_A_MATCH = 8;

/*
 * The order's index has each row's signature beside the key, so all but the candidates are passed by without a look at
 * their rows. Nothing here depends on how frequent a value is but the sample: the plan is the same for all, is made once,
 * and reads at most what the limits say. Laterals with a limit keep it that way.
 */
const toText = (column: string, order: string, behind: string) => {
  const inOrder = `order by ${column} ${order}, id ${order}`;
  const toFitting = (limits: { entries: string; candidates: string }) => `(
    select id, ${column} from (
      select id, ${column}, metadata_bits from resources where account_id = $1${behind}
      ${inOrder} limit ${limits.entries}
    ) as walked where metadata_bits & (select bits from wanted) = (select bits from wanted)
    ${inOrder} limit ${limits.candidates}
  ) as candidate cross join lateral (
    select * from resources where account_id = $1 and resources.id = candidate.id and metadata::jsonb @> (select part from wanted) limit 1
  ) as fitting`;
  const sample = { entries: `${SAMPLED_ENTRIES}`, candidates: `${SAMPLED_CANDIDATES}` };
  const walk = {
    entries: `(select case when matches * ${ENTRIES_A_MATCH} >= $3 then ${WALKED_ENTRIES} else 0 end from sample)`,
    candidates: `$3 * ${CANDIDATES_A_MATCH}`,
  };
  return `
with wanted as materialized (
  select $2::text::jsonb as part, metadata_bits($2::text::json) as bits
), sample as materialized (
  select count(*) as matches from ${toFitting(sample)}
), page as materialized (
  select fitting.* from ${toFitting(walk)} order by candidate.${column} ${order}, candidate.id ${order} limit $3
)
select ${toResourceColumns('$1')}, ${PAGE_COLUMNS}
from ${toWeighed('page', { column, order, maxBytes: '$4' })} as resources join blobs on blobs.account_id = $1 and blobs.id = resources.blob_id
where (select count(*) >= $3 from page)
order by resources.${column} ${order}, resources.id ${order}`;
};

/** Null when more is asked for than metadata. The statement gives a full page, of `maxCount`, or no row. */
export function createMetadataWalkStatement(query: ListQuery): Statement | null {
  const { accountId, filter, sort, after, maxCount, maxBytes } = query;
  if (filter.metadata === undefined || !isWithin(filter, { metadata: true })) return null;
  const part = JSON.stringify(filter.metadata);
  if (part.length > MAX_SIGNED_CHARACTERS) return null;
  const behind = after === null ? '' : toBehind(sort);
  const place = after === null ? [] : [sort.by === 'created' ? new Date(after.key).toISOString() : after.key, after.id];
  return {
    name: `walk-metadata-${sort.by}-${sort.order}${after === null ? '' : '-behind'}`,
    text: toText(SORT_COLUMN[sort.by], sort.order, behind),
    values: [accountId, part, maxCount, maxBytes, ...place],
  };
}

function toBehind({ by, order }: ResourceSort): string {
  const type = { created: 'timestamptz', name: 'text', size: 'bigint' }[by];
  return ` and (${SORT_COLUMN[by]}, id) ${order === 'asc' ? '>' : '<'} ($5::${type}, $6::uuid)`;
}
