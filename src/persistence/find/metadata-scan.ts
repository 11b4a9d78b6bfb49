// The statement that finds a page of frequent metadata by an index scan in the list's order, or finds nothing. It never
// reads without bound.
import { type SqlBool, sql } from 'kysely';
import type { ListQuery } from '../../domain/find/ports.ts';
import type { ResourceSort } from '../../domain/find/resource-sort.ts';
import type { Statement } from '../database/database.ts';
import { type Bound, db, type Operand, prepare } from '../database/typed-sql.ts';
import { isAfterPlace, isWithin, MAX_FILTERED_LENGTH, type Place, SORT_COLUMN, toPlace } from './list-conditions.ts';
import { type ListedRow, selectPage } from './list-page.ts';

/** So many entries of the order's index tell whether it is worth while to go on. */
const SAMPLED_ENTRIES = 1_000;
/** Of those, so many at most are looked at to see whether they fit. */
const SAMPLED_CANDIDATES = 64;
/** A scan ends here. It begins when the sample promises a full page in two thirds of it. */
const SCANNED_ENTRIES = 48_000;
const ENTRIES_A_MATCH = (SCANNED_ENTRIES * 2) / 3 / SAMPLED_ENTRIES;
/** A scan ends as well when it has looked at so many candidates for each place on the page. */
const CANDIDATES_A_MATCH = 8;

type Scan = Pick<ListQuery, 'accountId' | 'maxCount' | 'maxBytes'> &
  Place & {
    /** JSON text. */
    readonly part: string;
  };

type Limits = { readonly entries: Operand<number>; readonly candidates: Operand<number> };

const scanning = db.withTables<{ wanted: { part: unknown; bits: bigint }; sample: { matches: number } }>();

/*
 * The order's index has each row's Bloom filter beside the key, so all but the candidates are passed by without a look at
 * their rows. Nothing here depends on how frequent a value is but the sample: the plan is the same for all, is made once,
 * and reads at most what the limits say. Laterals with a limit keep it that way.
 */
function prepareScan({ by, order }: ResourceSort, isAfter: boolean): (input: Scan) => Statement<ListedRow> {
  const key = SORT_COLUMN[by];
  const name = `scan-metadata-${by}-${order}${isAfter ? '-after' : ''}`;
  return prepare(name, ({ accountId, part, maxCount, maxBytes, afterKey, afterId }: Bound<Scan>) => {
    const bits = scanning.selectFrom('wanted').select('bits');

    function selectCandidates({ entries, candidates }: Limits) {
      const scanned = scanning
        .selectFrom('resources')
        .select(['id', key, 'metadata_bits'])
        .where('account_id', '=', accountId)
        .$if(isAfter, (rows) => rows.where(isAfterPlace({ by, order }, { afterKey, afterId })))
        .orderBy(key, order)
        .orderBy('id', order)
        .limit(entries);
      return scanning
        .selectFrom(scanned.as('scanned'))
        .select(['scanned.id', `scanned.${key}`])
        .where(({ ref }) => sql<SqlBool>`${ref('scanned.metadata_bits')} & (${bits}) = (${bits})`)
        .orderBy(key, order)
        .orderBy('id', order)
        .limit(candidates);
    }

    const selectFitting = (limits: Limits) =>
      scanning.selectFrom(selectCandidates(limits).as('candidate')).innerJoinLateral(
        ({ selectFrom }) =>
          selectFrom('resources')
            .selectAll()
            .where('account_id', '=', accountId)
            .whereRef('resources.id', '=', 'candidate.id')
            .where(({ ref }) => {
              return sql<SqlBool>`${ref('metadata')}::jsonb @> (${scanning.selectFrom('wanted').select('part')})`;
            })
            .limit(1)
            .as('fitting'),
        (join) => join.onTrue(),
      );

    const worthwhile = scanning.selectFrom('sample').select(({ eb, ref }) =>
      eb
        .case()
        .when(sql<SqlBool>`${ref('matches')} * ${sql.lit(ENTRIES_A_MATCH)} >= ${maxCount}`)
        .then(sql.lit(SCANNED_ENTRIES))
        .else(sql.lit(0))
        .end()
        .as('entries'),
    );
    const page = scanning
      .with(
        (cte) => cte('wanted').materialized(),
        (cte) =>
          cte.selectNoFrom([
            sql<unknown>`${part}::text::jsonb`.as('part'),
            sql<bigint>`metadata_bits(${part}::text::json)`.as('bits'),
          ]),
      )
      .with(
        (cte) => cte('sample').materialized(),
        () =>
          selectFitting({ entries: sql.lit(SAMPLED_ENTRIES), candidates: sql.lit(SAMPLED_CANDIDATES) }).select(
            ({ fn }) => fn.countAll<number>().as('matches'),
          ),
      )
      .selectFrom(
        selectFitting({
          entries: sql<number>`(${worthwhile})`,
          candidates: sql<number>`${maxCount} * ${sql.lit(CANDIDATES_A_MATCH)}`,
        })
          .selectAll('fitting')
          .orderBy(`candidate.${key}`, order)
          .orderBy('candidate.id', order)
          .limit(maxCount)
          .as('page'),
      )
      .selectAll();
    return selectPage(page, { accountId, sort: { by, order }, maxBytes });
  });
}

const scans = new Map<string, (input: Scan) => Statement<ListedRow>>();

/** Null when more is asked for than metadata. Unless the statement gives a full page, of `maxCount`, it has not found it. */
export function createMetadataScanStatement(query: ListQuery): Statement<ListedRow> | null {
  const { accountId, filter, sort, after, maxCount, maxBytes } = query;
  if (filter.metadata === undefined || !isWithin(filter, { metadata: true })) return null;
  const part = JSON.stringify(filter.metadata);
  if (part.length > MAX_FILTERED_LENGTH) return null;
  const kind = `${sort.by} ${sort.order} ${after === null}`;
  const scan = scans.get(kind) ?? prepareScan(sort, after !== null);
  scans.set(kind, scan);
  return scan({ accountId, part, maxCount, maxBytes, ...toPlace(query) });
}
