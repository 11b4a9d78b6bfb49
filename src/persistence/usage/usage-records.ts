// What accounts use and may use, in PostgreSQL.
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { AccountRecords, Quotas, Room, UsageRecords } from '../../domain/usage/ports.ts';
import { isUnlimited } from '../../domain/usage/usage.ts';
import type { Run, Transact } from '../database/database.ts';
import { createSeenAccounts } from './seen-accounts.ts';
import {
  createFindUsageStatement,
  createListAccountsStatement,
  createRecountStatement,
  createSetQuotasStatements,
  toRecount,
  toRoom,
  toUsage,
} from './usage-statements.ts';

export type UsageRecordsOptions = {
  readonly read: Run;
  readonly transact: Transact;
  /** What accounts may have, unless it is set otherwise for them. */
  readonly quotas: Quotas;
};

/** How long a quota that another process sets may stay unknown before content arrives; storing it asks for certain. */
const UNLIMITED_KEPT_MS = 5_000;
const NO_LIMIT: Room = { bytes: null, resources: null };

/** The counts over these; it owns nothing. */
export function createUsageRecords({
  read: run,
  transact,
  quotas,
}: UsageRecordsOptions): UsageRecords & AccountRecords {
  const unlimited = createSeenAccounts({ keptMs: UNLIMITED_KEPT_MS });
  const find = async (accountId: string, { signal }: CallOptions) =>
    toOnly(await run(createFindUsageStatement({ accountId, ...quotas }), { signal, accountId }));
  return {
    findUsage: async (accountId, options) => toUsage(await find(accountId, options)),
    async findRoom(accountId, options) {
      if (unlimited.hasAny([accountId])) return NO_LIMIT;
      const room = toRoom(toUsage(await find(accountId, options)));
      if (isUnlimited(room)) unlimited.add([accountId]);
      return room;
    },
    async listAccounts(page, { signal }) {
      const rows = await run(createListAccountsStatement({ limit: page.limit, after: page.after ?? '' }), { signal });
      return rows.map(({ account_id }) => account_id);
    },
    async setQuotas(accountId, own, { signal }) {
      await transact(createSetQuotasStatements(accountId, own), { signal, accountId });
      unlimited.forget(accountId);
    },
    async recountUsage(account, { signal }) {
      return toRecount(account.accountId, toOnly(await run(createRecountStatement(account), { signal })));
    },
  };
}

function toOnly<Result>([row]: readonly Result[]): Result {
  if (row === undefined) throw new Error('the database told nothing of an account');
  return row;
}
