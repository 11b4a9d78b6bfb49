// What accounts use and may use, in PostgreSQL.
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { AccountRecords, Quotas, UsageRecords } from '../../domain/usage/ports.ts';
import type { Statement } from '../database/database.ts';
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
  /** Runs a statement; with an account, within that account's share. */
  read<Result>(
    statement: Statement<Result>,
    options: CallOptions & { readonly accountId?: string },
  ): Promise<readonly Result[]>;
  /** Runs several in one transaction, in the account's turn. */
  transact(statements: readonly Statement[], call: CallOptions & { readonly accountId: string }): Promise<unknown>;
  /** What accounts may have, unless it is set otherwise for them. */
  readonly quotas: Quotas;
};

/** The counts over these; it owns nothing. */
export function createUsageRecords({
  read: run,
  transact,
  quotas,
}: UsageRecordsOptions): UsageRecords & AccountRecords {
  const find = async (accountId: string, { signal }: CallOptions) =>
    toOnly(await run(createFindUsageStatement({ accountId, ...quotas }), { signal, accountId }));
  return {
    findUsage: async (accountId, options) => toUsage(await find(accountId, options)),
    findRoom: async (accountId, options) => toRoom(toUsage(await find(accountId, options))),
    async listAccounts(page, { signal }) {
      const rows = await run(createListAccountsStatement({ limit: page.limit, after: page.after ?? '' }), { signal });
      return rows.map(({ account_id }) => account_id);
    },
    async setQuotas(accountId, own, { signal }) {
      await transact(createSetQuotasStatements(accountId, own), { signal, accountId });
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
