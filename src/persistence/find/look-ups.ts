// Records, contents and blobs by what they are known by: look-ups that share statements.
import type { BlobLocation } from '../../domain/content/blob-store.ts';
import type { ContentReads, StoredContent } from '../../domain/download/ports.ts';
import type { ResourceReads } from '../../domain/find/ports.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { Resource } from '../../domain/resource.ts';
import type { Database, RowOf, Statement } from '../database/database.ts';
import type { Keyed, SharedRead, SharedReads } from '../database/shared-reads.ts';
import { judgeSqlError, toDatabaseFailure } from '../database/sql-errors.ts';
import { createFindContentStatement, toStoredContent } from './content-statements.ts';
import {
  createFindByPathStatement,
  createFindResourceStatement,
  toBlobLocation,
  toResource,
} from './read-statements.ts';
import {
  createFindBlobsStatement,
  createFindByPathsStatement,
  createFindContentsStatement,
  createFindResourcesStatement,
  toLists,
} from './wanted-statements.ts';

export type LookUps = Pick<ResourceReads, 'findById' | 'findByPath'> &
  Pick<ContentReads, 'findContent'> & {
    findBlob(blob: { accountId: string; sha256: string }, options: CallOptions): Promise<BlobLocation | null>;
  };

/** Runs a statement of one account alone. */
type Read = <Result>(
  statement: Statement<Result>,
  options: CallOptions & { readonly accountId: string },
) => Promise<readonly Result[]>;

export type LookUpsOptions = {
  readonly database: Database;
  readonly reads: SharedReads;
  /** For what is too heavy to be sent beside others. */
  readonly readAlone: Read;
};

/** Found, but too heavy. */
const HEAVY = Symbol('heavy');
type Found<Value> = Value | typeof HEAVY | null;
type WantedRow = { readonly nth: number; readonly is_heavy?: boolean };
type Place = { readonly directoryPath: string; readonly name: string };

/** Look-ups on `database`; it stays its owner's. */
export function createLookUps({ database, reads, readAlone }: LookUpsOptions): LookUps {
  function share<Key, Row extends WantedRow, Value>(kind: {
    readonly spell: (key: Key) => string;
    readonly toStatement: (wanted: readonly Keyed<Key>[]) => Statement<Row>;
    readonly toValue: (row: Row) => Value;
  }): SharedRead<Key, Found<Value>> {
    const run = async (wanted: readonly Keyed<Key>[]): Promise<readonly Found<Value>[]> => {
      const found: Found<Value>[] = wanted.map(() => null);
      for (const row of await database.run(kind.toStatement(wanted))) {
        found[row.nth - 1] = row.is_heavy === true ? HEAVY : kind.toValue(row);
      }
      return found;
    };
    return reads.share({ spell: kind.spell, run: (wanted) => runEach(wanted, run) });
  }

  const byId = share<string, RowOf<typeof createFindResourcesStatement>, Resource>({
    spell: (id) => id,
    toStatement: (wanted) => createFindResourcesStatement(toLists(wanted, { ids: (id) => id })),
    toValue: toResource,
  });
  const byPath = share<Place, RowOf<typeof createFindByPathsStatement>, Resource>({
    // No name holds a slash.
    spell: ({ directoryPath, name }) => `${directoryPath}/${name}`,
    toStatement: (wanted) => {
      const lists = { directoryPaths: (place: Place) => place.directoryPath, names: (place: Place) => place.name };
      return createFindByPathsStatement(toLists(wanted, lists));
    },
    toValue: toResource,
  });
  const contents = share<string, RowOf<typeof createFindContentsStatement>, StoredContent>({
    spell: (id) => id,
    toStatement: (wanted) => createFindContentsStatement(toLists(wanted, { ids: (id) => id })),
    toValue: toStoredContent,
  });
  const blobs = share<string, RowOf<typeof createFindBlobsStatement>, BlobLocation>({
    spell: (sha256) => sha256,
    toStatement: (wanted) => createFindBlobsStatement(toLists(wanted, { sha256s: (sha256) => sha256 })),
    toValue: toBlobLocation,
  });

  return {
    async findById(resource, { signal }) {
      const call = { accountId: resource.accountId, signal };
      const found = await byId(resource.id, call);
      if (found !== HEAVY) return found;
      const [row] = await readAlone(createFindResourceStatement(resource), call);
      return row === undefined ? null : toResource(row);
    },
    async findByPath(place, { signal }) {
      const call = { accountId: place.accountId, signal };
      const found = await byPath(place, call);
      if (found !== HEAVY) return found;
      const [row] = await readAlone(createFindByPathStatement(place), call);
      return row === undefined ? null : toResource(row);
    },
    async findContent(resource, { signal }) {
      const call = { accountId: resource.accountId, signal };
      const found = await contents(resource.id, call);
      if (found !== HEAVY) return found;
      const [row] = await readAlone(createFindContentStatement(resource), call);
      return row === undefined ? null : toStoredContent(row);
    },
    async findBlob({ accountId, sha256 }, { signal }) {
      const found = await blobs(sha256, { accountId, signal });
      return found === HEAVY ? null : found;
    },
  };
}

/** In halves when PostgreSQL refuses a value: what one asks for fails nobody else. */
async function runEach<Key, Value>(
  wanted: readonly Keyed<Key>[],
  run: (wanted: readonly Keyed<Key>[]) => Promise<readonly Value[]>,
): Promise<readonly PromiseSettledResult<Value>[]> {
  try {
    return (await run(wanted)).map((value) => ({ status: 'fulfilled', value }));
  } catch (error) {
    if (judgeSqlError(error) === 'server' || wanted.length === 1) {
      return wanted.map(() => ({ status: 'rejected', reason: toDatabaseFailure(error) }));
    }
    const middle = wanted.length >> 1;
    return [...(await runEach(wanted.slice(0, middle), run)), ...(await runEach(wanted.slice(middle), run))];
  }
}
