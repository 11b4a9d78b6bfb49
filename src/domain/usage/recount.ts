// Counts anew what every account uses, and says where that is another than what was counted with each change.
import type { CallOptions } from '../flow/stream.ts';
import type { AccountRecords, Counts } from './ports.ts';

/** One number of one account that is wrong. */
export type Miscount = {
  readonly account: string;
  readonly what: keyof Counts;
  readonly counted: number;
  readonly actual: number;
};

export type RecountOptions = CallOptions & {
  readonly catalog: Pick<AccountRecords, 'listAccounts' | 'recountUsage'>;
  /** Makes the counts what was found. */
  readonly correct: boolean;
  readonly onMiscount: (miscount: Miscount) => void;
};

const PAGE_ACCOUNTS = 200;

/**
 * Safe beside running gateways: each account is looked at in one snapshot.
 * @returns how many accounts there are, and how many numbers were wrong @throws what the records throw
 */
export async function recountUsage({ catalog, correct, onMiscount, signal }: RecountOptions) {
  const report = { accounts: 0, wrong: 0 };
  for (let after: string | null = null; ; ) {
    const page = await catalog.listAccounts({ after, limit: PAGE_ACCOUNTS }, { signal });
    for (const accountId of page) {
      const { counted, actual } = await catalog.recountUsage({ accountId, correct }, { signal });
      for (const what of Object.keys(actual) as (keyof Counts)[]) {
        if (counted[what] === actual[what]) continue;
        report.wrong += 1;
        onMiscount({ account: accountId, what, counted: counted[what], actual: actual[what] });
      }
    }
    report.accounts += page.length;
    after = page.at(-1) ?? null;
    if (page.length < PAGE_ACCOUNTS) return report;
  }
}
