// Stores a group of records so that each gets the outcome it would have had alone.
import type { InsertOutcome } from '../../domain/create/ports.ts';
import type { Quotas } from '../../domain/usage/ports.ts';
import { hasRoom, isUnlimited } from '../../domain/usage/usage.ts';
import type { Database, Row } from '../database/database.ts';
import { judgeSqlError } from '../database/sql-errors.ts';
import type { LeaseAnswer, LeaseRequest, Need, QuotaLeases } from '../usage/quota-leases.ts';
import type { SeenAccounts } from '../usage/seen-accounts.ts';
import type { InsertRow } from './insert-columns.ts';
import { createInsertStatement, type InsertOptions, isPoliced } from './insert-statement.ts';
import { type InsertedRow, toInsertedRow } from './inserted-row.ts';
import { createLockPlacesStatements } from './lock-places.ts';

/** What accounts may have, unless it is set otherwise for them, and what of it this process has leased. */
export type KeptQuotas = {
  readonly quotas: Quotas;
  readonly leases: QuotaLeases;
  /** Accounts that were seen with a quota of their own; of another the statement checks that it has none. */
  readonly limited: SeenAccounts;
};

const MAX_ATTEMPTS = 8;

type Result = PromiseSettledResult<InsertOutcome>;

/**
 * Runs the statement, again for rows that lost a race which its snapshot did not show, in halves when PostgreSQL
 * refuses a value. When the connection fails all rows fail: the commit may have happened, so nothing is repeated.
 */
export function insertGroup(
  database: Database,
  rows: readonly InsertRow[],
  kept: KeptQuotas,
): Promise<readonly Result[]> {
  return attempt(rows, 1);

  async function attempt(
    group: readonly InsertRow[],
    number: number,
    mustBeLimited = isPoliced(group),
  ): Promise<readonly Result[]> {
    const accountIds = new Set(group.map(({ resource }) => resource.accountId));
    const isLimited = mustBeLimited || !isUnlimited(kept.quotas) || kept.limited.hasAny(accountIds);
    const requests = isLimited ? ask(group, kept) : [];
    try {
      const answer = (
        await run(group, { accountIds, limits: isLimited ? { quotas: kept.quotas, requests } : null })
      ).map(toInsertedRow);
      for (const request of requests) kept.leases.settle(request, toLeaseAnswer(request, group, answer));
      if (!isLimited && answer.some((row) => row.isLimited)) {
        kept.limited.add(accountIds);
        return await attempt(group, number, true);
      }
      return await settle(group, answer, number);
    } catch (error) {
      for (const request of requests) kept.leases.settle(request, null);
      const verdict = judgeSqlError(error);
      if (verdict === 'retry' && number < MAX_ATTEMPTS) return attempt(group, number + 1);
      if (verdict === 'server' || group.length === 1) return group.map(() => rejected(error));
      const middle = group.length >> 1;
      // One after the other: of two rows with one name, the first is to win.
      return [...(await attempt(group.slice(0, middle), 1)), ...(await attempt(group.slice(middle), 1))];
    }
  }

  async function run(group: readonly InsertRow[], options: InsertOptions): Promise<readonly Row[]> {
    const insert = createInsertStatement(group, options);
    const locks = createLockPlacesStatements(
      group.map(({ resource, rule }) => ({ place: resource, policy: rule.policy })),
    );
    if (locks.length === 0) return await database.run(insert);
    return (await database.transact([...locks, insert])).at(-1) ?? [];
  }

  async function settle(group: readonly InsertRow[], answer: readonly InsertedRow[], number: number) {
    const winners = new Map<string, string>();
    group.forEach((row, index) => {
      if (answer[index]?.created) winners.set(nameKey(row), row.resource.id);
    });
    // Who has another policy than to refuse meets the winner at the next attempt.
    const winnerOf = (row: InsertRow) => (row.rule.policy === 'error' ? (winners.get(nameKey(row)) ?? null) : null);
    const outcomes = group.map((row, index) =>
      toOutcome(answer[index], { winnerId: winnerOf(row), needed: toNeededBytes(row) }),
    );
    const undecided = group.filter((_, index) => outcomes[index] === null);
    // Of several that replace the same one after the other each attempt lets one pass, and of several that compete for what is
    // left of a quota it decides one, at least.
    const hasPassed = group.some(({ rule }, index) => rule.policy === 'replace' && outcomes[index] !== null);
    const isCompeting = undecided.length < group.length && answer.some((row) => row.room !== null);
    const later = undecided.length === 0 ? [] : await decide(undecided, hasPassed || isCompeting ? 0 : number);
    let taken = 0;
    return outcomes.map((outcome): Result => {
      if (outcome !== null) return { status: 'fulfilled', value: outcome };
      return later[taken++] ?? rejected(new Error('a record was left undecided'));
    });
  }

  async function decide(group: readonly InsertRow[], number: number): Promise<readonly Result[]> {
    if (number < MAX_ATTEMPTS) return attempt(group, number + 1);
    return group.map(() => rejected(new Error(`a name kept being taken and freed during ${MAX_ATTEMPTS} attempts`)));
  }
}

/** For each account of the group, once. */
function ask(group: readonly InsertRow[], { leases }: KeptQuotas): readonly LeaseRequest[] {
  const needs = new Map<string, Need>();
  for (const row of group) {
    const { accountId } = row.resource;
    const { bytes = 0, resources = 0 } = needs.get(accountId) ?? {};
    needs.set(accountId, { bytes: bytes + toNeededBytes(row), resources: resources + 1 });
  }
  return [...needs].map(([accountId, need]) => leases.ask(accountId, need));
}

function toLeaseAnswer(
  { accountId }: LeaseRequest,
  group: readonly InsertRow[],
  answer: readonly InsertedRow[],
): LeaseAnswer {
  const added = { bytes: 0, resources: 0 };
  let isLost = false;
  let leased: Need | null = null;
  for (const [index, row] of group.entries()) {
    const told = answer[index];
    if (told === undefined || row.resource.accountId !== accountId) continue;
    isLost ||= told.isLeaseLost;
    leased ??= told.leased;
    const isNew = told.created || told.settled?.kind === 'renamed';
    // What was replaced is kept.
    if (isNew || told.settled?.kind === 'replaced') added.bytes += toNeededBytes(row);
    if (isNew) added.resources += 1;
  }
  return { isLost, leased, added };
}

/** What its upload has reserved is all that it needs. */
const toNeededBytes = ({ content }: InsertRow) => (content.uploadId === null ? content.sizeBytes : 0);

/** Null: the name was taken by someone whom the statement could not see, and who may be gone again; or neighbours took the room. */
function toOutcome(
  row: InsertedRow | undefined,
  { winnerId, needed }: { readonly winnerId: string | null; readonly needed: number },
): InsertOutcome | null {
  if (row === undefined) return null;
  if (row.created) {
    if (row.storageBucket === null || row.storageKey === null) throw new Error('a record was stored without its blob');
    return { kind: 'created', location: { bucket: row.storageBucket, key: row.storageKey } };
  }
  if (row.settled !== null) return row.settled;
  if (row.claimLost) return { kind: 'claim_lost' };
  if (row.uploadTaken) return { kind: 'upload_taken' };
  if (row.stale) return { kind: 'stale' };
  if (row.blobUnknown) return { kind: 'blob_unknown' };
  const existingId = row.existingId ?? winnerId;
  if (existingId !== null) return { kind: 'conflict', existingId };
  const { room } = row;
  return room === null || hasRoom(room, needed) ? null : { kind: 'no_room', room };
}

/** No two names share a key: neither an account id nor a path or name holds a NUL, which PostgreSQL refuses. */
function nameKey({ resource }: InsertRow): string {
  return `${resource.accountId}\0${resource.directoryPath}\0${resource.name}`;
}

function rejected(reason: unknown): PromiseRejectedResult {
  return { status: 'rejected', reason };
}
