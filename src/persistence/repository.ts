// The records in PostgreSQL, on a server or embedded: one implementation over both.

import type { IdempotencyKeys } from '../domain/caller/idempotency-keys.ts';
import type { RateLeases } from '../domain/caller/rate-points.ts';
import { createShares, type SharesState } from '../domain/caller/shares.ts';
import { REFUSING } from '../domain/conflict.ts';
import type { ContentRef, InsertOutcome, KeptResult, NewResource } from '../domain/create/ports.ts';
import type { EventLog } from '../domain/events/ports.ts';
import { createId } from '../domain/fields/ids.ts';
import type { JsonValue } from '../domain/fields/labels.ts';
import { createKeyedTurns } from '../domain/flow/keyed-turns.ts';
import { raceSignal } from '../domain/flow/race-signal.ts';
import type { StoreMemory } from '../domain/maintenance/own-store.ts';
import type { BlobCatalog } from '../domain/maintenance/ports.ts';
import type { BlobRecords } from '../domain/maintenance/verify.ts';
import type { ResourceRepository } from '../domain/records.ts';
import type { UploadRecords } from '../domain/uploads/ports.ts';
import type { AccountRecords, Quotas, UsageRecords } from '../domain/usage/ports.ts';
import type { WebhookStore } from '../domain/webhooks/ports.ts';
import { createRecordChanges } from './change/record-changes.ts';
import { createTransactions } from './change/transactions.ts';
import { createHealStatement } from './create/heal-statement.ts';
import type { InsertRow } from './create/insert-columns.ts';
import { insertGroup } from './create/insert-group.ts';
import { createSharedInserts } from './create/shared-inserts.ts';
import {
  type Database,
  type DatabaseLocation,
  MAX_CONNECTIONS,
  type OpenDatabaseOptions,
  type PoolState,
  type Run,
  type Transact,
} from './database/database.ts';
import { openEmbeddedDatabase } from './database/embedded-database.ts';
import { openPostgresDatabase } from './database/postgres-database.ts';
import { createSharedReads } from './database/shared-reads.ts';
import { createOverloaded, TOO_MANY_STATEMENTS, toDatabaseFailure } from './database/sql-errors.ts';
import { createEventLog } from './events/event-log.ts';
import { createShareSecretStatement, toSecret } from './find/content-statements.ts';
import { createLookUps } from './find/look-ups.ts';
import { createCheckStatement } from './find/read-statements.ts';
import { createRecordReads } from './find/record-reads.ts';
import { createIdempotencyKeys } from './idempotency/idempotency-keys.ts';
import { toKeptJson } from './idempotency/kept-resource.ts';
import { createBlobCatalog } from './maintenance/blob-catalog.ts';
import { createBlobRecords } from './maintenance/records-of-blob.ts';
import { createStoreMemory } from './maintenance/store-identity.ts';
import { createRateLeases } from './rate/rate-leases.ts';
import { createTrashRecords } from './trash/trash-records.ts';
import { createUploadRecords } from './uploads/upload-records.ts';
import { createQuotaLeases } from './usage/quota-leases.ts';
import { createSeenAccounts } from './usage/seen-accounts.ts';
import { createUsageRecords } from './usage/usage-records.ts';
import { createVersionRecords } from './versions/version-records.ts';
import { createWebhookStore } from './webhooks/webhook-store.ts';

const MAX_GROUP_ROWS = 128;
const MAX_GROUP_WEIGHT = 4 * 1024 * 1024;
/** More than a small content with some tags and metadata weighs, by far. */
const MAX_LIGHT_WEIGHT = 256 * 1024;
/** A tag, or a value in metadata, costs an entry in an index besides its bytes: about as much as so many of those. */
const ENTRY_WEIGHT = 256;
/** How long a call waits for its turn at the database. */
const TURN_MS = 10_000;
/** The same for an insert, which shares its statement: only a crowd in front of a database that stands still waits so long. */
const INSERT_TURN_MS = 15_000;
const MAX_WAITING_PER_ACCOUNT = 1_000;
/** About what a record weighs besides its metadata and content. */
const ROW_BYTES = 1_024;

/** All that the one database is to the domain. */
export type Repository = ResourceRepository &
  BlobCatalog &
  StoreMemory &
  BlobRecords &
  IdempotencyKeys &
  UploadRecords &
  RateLeases &
  UsageRecords &
  AccountRecords &
  EventLog &
  WebhookStore & {
    /** See `Database`. */
    poolState(): PoolState | null;
    readonly appliedMigrations: readonly string[];
    /** What is taken of the statements that may run at once; those that are shared are not in it. */
    statementSlots(): SharesState;
  };

export type OpenRepositoryOptions = Partial<OpenDatabaseOptions> & {
  readonly database: DatabaseLocation;
  /** What accounts may have, unless it is set otherwise for them; as much as they like when absent. */
  readonly quotas?: Quotas;
};

/**
 * Opens the database, brings its schema up to date, and gives the records in it; the caller closes it.
 * Failures of the database reject with GatewayError `internal`, the driver's error as `cause`; `overloaded` when the
 * account, or all together, have as many calls under way as there may be, and none ended in time, or when others held a
 * lock for too long.
 * @throws Error when the database cannot be reached, is in use (the embedded one), or cannot be migrated
 */
export async function openRepository(options: OpenRepositoryOptions): Promise<Repository> {
  const {
    maxConnections = MAX_CONNECTIONS,
    log = () => {},
    onStep = () => {},
    database,
    quotas = NO_QUOTAS,
    ...timeouts
  } = options;
  return createRepository(await openDatabase(database, { maxConnections, log, onStep, ...timeouts }), quotas);
}

async function openDatabase(location: DatabaseLocation, options: OpenDatabaseOptions): Promise<Database> {
  if (location.kind === 'postgres') return await openPostgresDatabase(location.url, options);
  if (location.url !== null) return await openPostgresDatabase(location.url, options);
  return await openEmbeddedDatabase(location.directory, options);
}

const NO_QUOTAS: Quotas = { bytes: null, resources: null };
const LIMITED_KEPT_MS = 60_000;

function createRepository(database: Database, quotas: Quotas): Repository {
  const running = new Set<Promise<unknown>>();
  const leases = createQuotaLeases();
  const limited = createSeenAccounts({ keptMs: LIMITED_KEPT_MS });
  const inserts = createSharedInserts<WeighedRow, InsertOutcome>({
    runGroup: async (rows) => tellCreated(rows, await insertGroup(database, rows, { quotas, leases, limited })),
    accountOf: ({ resource }) => resource.accountId,
    weigh: ({ weight }) => weight,
    maxItems: MAX_GROUP_ROWS,
    maxWeight: MAX_GROUP_WEIGHT,
    maxLightWeight: MAX_LIGHT_WEIGHT,
    maxGroupsInFlight: database.maxInsertsInFlight,
    waitMs: INSERT_TURN_MS,
    tooLate: createOverloaded,
  });

  // A statement changes a row once: those that replace one resource go one after the other, and hold up nobody else.
  const replacing = createKeyedTurns({ waitMs: INSERT_TURN_MS, tooLate: createOverloaded });

  const reads = createSharedReads({
    maxKeys: MAX_GROUP_ROWS,
    maxInFlight: database.maxReadsInFlight,
    maxWaitingPerAccount: MAX_WAITING_PER_ACCOUNT,
    waitMs: TURN_MS,
    overloaded: createOverloaded,
  });

  // What shares statements is not in it, neither inserts nor reads: few of those run at once.
  const max = database.maxCallsInFlight;
  const calls = createShares({
    max,
    maxPerAccount: Math.max(1, max - 2),
    waitMs: TURN_MS,
    maxWaitingPerAccount: MAX_WAITING_PER_ACCOUNT,
    full: TOO_MANY_STATEMENTS,
  });

  const read: Run = async (statement, { signal, accountId }) => {
    signal.throwIfAborted();
    // Our own housekeeping has no account, is bounded by itself and is not kept waiting.
    const leave = accountId === undefined ? () => {} : await calls.enter(accountId, { signal });
    // Held to the statement's own end, also when nobody waits for it any more.
    const answer = track(database.run(statement).finally(leave));
    // The statement itself runs on to its end, which its time limit bounds; only the waiting stops.
    return await raceSignal(answer.catch(rethrow), signal);
  };

  const transact: Transact = async (statements, { signal, accountId }) => {
    const leave = await calls.enter(accountId, { signal });
    return await track(database.transact(statements).catch(rethrow).finally(leave));
  };

  function track<Value>(answer: Promise<Value>): Promise<Value> {
    running.add(answer);
    const forget = () => running.delete(answer);
    answer.then(forget, forget);
    return answer;
  }

  const change = createTransactions({ database, track, calls });
  const { tellCommitted, ...eventLog } = createEventLog(read);

  /** Each record that was created has written one event. */
  function tellCreated(rows: readonly WeighedRow[], results: readonly PromiseSettledResult<InsertOutcome>[]) {
    const counts = new Map<string, number>();
    for (const [index, { resource }] of rows.entries()) {
      const result = results[index];
      if (result?.status !== 'fulfilled' || !WRITING.has(result.value.kind)) continue;
      counts.set(resource.accountId, (counts.get(resource.accountId) ?? 0) + 1);
    }
    for (const [accountId, events] of counts) tellCommitted(accountId, events);
    return results;
  }

  async function insert(resource: NewResource, content: ContentRef, placing: Placing): Promise<InsertOutcome> {
    const { kept, rule } = placing;
    const metadata = resource.metadata === null ? null : JSON.stringify(resource.metadata);
    const { sha256, sizeBytes } = content;
    const toResult = () => toKeptJson({ ...resource, sha256, sizeBytes, updatedAt: resource.createdAt, version: 1 });
    const keptRow = kept && { ...kept, result: toResult() };
    const row = { resource, content, metadata, newBlobId: createId(), kept: keptRow, rule };
    const add = () => inserts.add({ ...row, weight: weigh(row) }).catch(rethrow);
    return rule.policy === 'replace' ? await replacing.take(toPlace(resource), add) : await add();
  }

  return {
    poolState: database.poolState,
    appliedMigrations: database.appliedMigrations,
    statementSlots: calls.state,
    ...createBlobCatalog(read),
    ...createStoreMemory(read),
    ...createBlobRecords(read),
    ...createIdempotencyKeys(read),
    ...createRecordReads(read),
    ...createLookUps({ database, reads, readAlone: read }),
    ...createRecordChanges({ transact: change, tellCommitted }),
    ...createVersionRecords({ read, change, quotas, tellCommitted }),
    ...createTrashRecords({ read, change, tellCommitted }),
    ...createUploadRecords({ read, transact, quotas }),
    ...createWebhookStore({ read, transact }),
    ...createRateLeases(read),
    ...createUsageRecords({ read, transact, quotas }),
    ...eventLog,
    async healBlob(healing, { signal }) {
      return (await read(createHealStatement(healing), { signal, accountId: healing.accountId })).length > 0;
    },
    insert: (resource, content, rule = REFUSING) => insert(resource, content, { rule, kept: null }),
    insertKeyed: (resource, content, { rule = REFUSING, ...kept }) => insert(resource, content, { rule, kept }),
    async shareSecret(secret, call) {
      const [row] = await read(createShareSecretStatement(secret), call);
      return toSecret(row);
    },
    async check(call) {
      await read(createCheckStatement(), call);
    },
    async close() {
      await Promise.all([inserts.close(), reads.close()]);
      await Promise.allSettled(running);
      await database.close();
    },
  };
}

/** What becomes of a record besides being stored. */
type Placing = Pick<InsertRow, 'rule'> & { readonly kept: KeptResult | null };

/** Outcomes with an event. */
const WRITING: ReadonlySet<InsertOutcome['kind']> = new Set(['created', 'renamed', 'replaced']);

/** No two places share a key; see `nameKey`. */
function toPlace({ accountId, directoryPath, name }: NewResource): string {
  return `${accountId}\0${directoryPath}\0${name}`;
}

type WeighedRow = InsertRow & { readonly weight: number };

function weigh({ resource, content, metadata, kept }: InsertRow): number {
  const bytes = (metadata?.length ?? 0) + (content.offered?.inline?.byteLength ?? 0) + (kept?.result.length ?? 0);
  const entries = resource.tags.length + countValues(resource.metadata);
  return ROW_BYTES + bytes + entries * ENTRY_WEIGHT;
}

/** All that objects and arrays hold, at any depth. */
function countValues(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  for (const inner of Object.values(value)) count += 1 + countValues(inner);
  return count;
}

function rethrow(cause: unknown): never {
  throw toDatabaseFailure(cause);
}
