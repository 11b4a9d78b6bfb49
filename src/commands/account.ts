// Shows what accounts use, and sets what one may use; with the server's own configuration, beside running gateways or not.
import { toCommandLine } from '../domain/maintenance/command-line.ts';
import type { OwnQuotas, Usage } from '../domain/usage/ports.ts';
import { type Maintenance, runMaintenance, UsageError, withRecords } from './run-maintenance.ts';

const HELP = `Shows what accounts use, and sets what one may use.

Usage: ${toCommandLine('account', 'list|show ID|set ID [flags]')}

  --quota-bytes      bytes that the account may have: a number, none, or default for what QUOTA_BYTES says
  --quota-resources  the same for how many resources it may have
  --json             prints each account as a line of JSON
  --help             prints this

With the embedded database, stop the gateway first. Exit status: 0 done, 1 it failed, 2 the command line has a mistake.
`;

const PAGE_ACCOUNTS = 500;
const MAX_ACCOUNT_BYTES = 1_024;

type Opened = Pick<Maintenance, 'catalog' | 'signal'>;
type Flags = { readonly json: boolean; readonly quotas: OwnQuotas };

/** @throws UsageError */
function parseQuota(flag: string, text: string): number | null | undefined {
  if (text === 'none') return null;
  if (text === 'default') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--${flag} must be a whole number of at most 15 digits, none, or default`);
}

/** Account ids hold what an issuer's claim holds: a terminal gets no control characters of it. */
const toLine = (accountId: string, { bytes, resources }: Usage) =>
  [
    JSON.stringify(accountId),
    `resources ${resources.used} of ${resources.limit ?? 'any number'}`,
    `bytes ${bytes.used} used, ${bytes.reserved} reserved, ${bytes.versions} in versions, ${bytes.trash} in trash,` +
      ` of ${bytes.limit ?? 'any number'}`,
  ].join('  ');

/** @throws UsageError */
function toAction([action, accountId, ...rest]: string[], { json, quotas }: Flags): (opened: Opened) => Promise<void> {
  const show = async ({ catalog, signal }: Opened, id: string): Promise<void> => {
    const usage = await catalog.findUsage(id, { signal });
    process.stdout.write(`${json ? JSON.stringify({ account: id, ...usage }) : toLine(id, usage)}\n`);
  };
  if (rest.length > 0) throw new UsageError('too many arguments');
  const isSetting = Object.keys(quotas).length > 0;
  if (action !== 'set' && isSetting) throw new UsageError('quotas are given to set');
  if (action === 'list') {
    if (accountId !== undefined) throw new UsageError('list takes no account');
    return async (opened) => {
      const { catalog, signal } = opened;
      for (let after: string | null = null; ; ) {
        const page: readonly string[] = await catalog.listAccounts({ after, limit: PAGE_ACCOUNTS }, { signal });
        for (const id of page) await show(opened, id);
        after = page.at(-1) ?? null;
        if (page.length < PAGE_ACCOUNTS) return;
      }
    };
  }
  if (action !== 'show' && action !== 'set') throw new UsageError('say list, show or set');
  if (accountId === undefined || accountId === '' || Buffer.byteLength(accountId) > MAX_ACCOUNT_BYTES) {
    throw new UsageError(`${action} needs an account`);
  }
  if (action === 'set' && !isSetting) throw new UsageError('set needs --quota-bytes or --quota-resources');
  return async (opened) => {
    const { catalog, signal } = opened;
    if (action === 'set') await catalog.setQuotas(accountId, quotas, { signal });
    await show(opened, accountId);
  };
}

await runMaintenance({
  name: 'account',
  help: HELP,
  options: {
    'quota-bytes': { type: 'string' },
    'quota-resources': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  takesWords: true,
  async run({ 'quota-bytes': bytes, 'quota-resources': resources, json }, words) {
    const quotas = {
      ...(bytes !== undefined && { bytes: parseQuota('quota-bytes', bytes) }),
      ...(resources !== undefined && { resources: parseQuota('quota-resources', resources) }),
    };
    const act = toAction(words, { json, quotas });
    return await withRecords(process.env, async (opened) => {
      await act(opened);
      return 0;
    });
  },
});
