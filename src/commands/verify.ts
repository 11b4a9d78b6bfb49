// Re-reads everything that is stored, with the server's own configuration, and says what is wrong. It changes nothing
// unless it is told to repair.
import { toCommandLine } from '../domain/maintenance/command-line.ts';
import { type Mending, type RepairReport, repair } from '../domain/maintenance/repair.ts';
import { type Finding, type VerifyProgress, verify } from '../domain/maintenance/verify.ts';
import { type Miscount, recountUsage } from '../domain/usage/recount.ts';
import {
  type ExitCode,
  type Maintenance,
  runMaintenance,
  toBytesText,
  withMaintenance,
  withRecords,
} from './run-maintenance.ts';

const HELP = `Re-reads every blob and compares size and sha256; finds what is missing, corrupt or extra, and whose it is.

Usage: ${toCommandLine('verify', '[flags]')}

  --json         prints each finding as a line of JSON with kind, key, reason and records, and nothing else
  --repair       then mends what it can, and says of each damaged blob what was done: see docs/durability.md
  --usage        only counts anew what each account uses, and says where it was counted wrong; with
                 --repair the counts are corrected. Gateways may run meanwhile, on a PostgreSQL of its own
  --adopt-store  first makes the configured store the database's own, after either was restored or moved
  --help         prints this

With the embedded database, stop the gateway first. Exit status: 0 nothing is wrong, 1 it failed or the command line
has a mistake, 2 something is wrong and was not repaired. What the sweep has not removed yet is told, and is not wrong.
`;

const MAX_READS_AT_ONCE = 4;
const SETTLE_MS = 2_000;
const PROGRESS_EVERY_MS = 200;

/** A line on a terminal that is written over and over; silent where nobody watches. */
function createProgressLine(total: VerifyProgress, stream: NodeJS.WriteStream) {
  let lastMs = 0;
  return {
    show(done: VerifyProgress) {
      const nowMs = performance.now();
      if (!stream.isTTY || nowMs - lastMs < PROGRESS_EVERY_MS) return;
      lastMs = nowMs;
      const counts = `${done.blobs} of ${total.blobs} blobs`;
      stream.write(`\r\x1b[K${counts}, ${toBytesText(done.sizeBytes)} of ${toBytesText(total.sizeBytes)}`);
    },
    clear() {
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}

/** A line, and one for each record that it concerns. Names may hold anything but control characters. */
function toText({ kind, key, reason, records, hasMoreRecords }: Finding | Mending): string {
  const concerned = (records ?? []).map(
    ({ account, path, id, version, isTrashed }) =>
      `  ${id} of account ${account}${version === null ? '' : `, version ${version}`}${isTrashed ? ', in the trash' : ''}: ${path}\n`,
  );
  return [`${kind} ${key}: ${reason}\n`, ...concerned, hasMoreRecords ? '  and more\n' : ''].join('');
}

/** Nothing of the store is looked at. */
async function verifyUsage(
  { catalog, signal }: Pick<Maintenance, 'catalog' | 'signal'>,
  { json, repair: correct }: { readonly json: boolean; readonly repair: boolean },
): Promise<ExitCode> {
  const print = ({ account, what, counted, actual }: Miscount) =>
    `account ${account}: ${what} ${counted}, really ${actual}\n`;
  const { accounts, wrong } = await recountUsage({
    catalog,
    signal,
    correct,
    onMiscount: (miscount) => process.stdout.write(json ? `${JSON.stringify(miscount)}\n` : print(miscount)),
  });
  const outcome = correct ? ' (corrected)' : '';
  if (!json) process.stdout.write(`${accounts} accounts counted, ${wrong} numbers wrong${outcome}\n`);
  return wrong === 0 || correct ? 0 : 2;
}

function summarize(report: RepairReport, flags: { readonly repair: boolean }): string {
  const { blobs, objects, wrong, repaired, unswept } = report;
  const read = `${blobs} blobs (${toBytesText(report.sizeBytes)}) and ${objects} objects read`;
  return `${read}, ${wrong} wrong${flags.repair ? ` (${repaired} repaired)` : ''}, ${unswept} not swept yet\n`;
}

await runMaintenance({
  name: 'verify',
  help: HELP,
  usage: 1,
  options: {
    json: { type: 'boolean', default: false },
    repair: { type: 'boolean', default: false },
    usage: { type: 'boolean', default: false },
    'adopt-store': { type: 'boolean', default: false },
  },
  async run(flags) {
    if (flags.usage) return await withRecords(process.env, (records) => verifyUsage(records, flags));
    return await withMaintenance({ env: process.env, adopt: flags['adopt-store'] }, async ({ config, ...ports }) => {
      const { count, sizeBytes } = await ports.catalog.countBlobs(ports);
      const line = createProgressLine({ blobs: count, sizeBytes }, process.stderr);
      const print = (told: Finding | Mending) => {
        line.clear();
        process.stdout.write(flags.json ? `${JSON.stringify(told)}\n` : toText(told));
      };
      const options = {
        ...ports,
        exclusive: config.storage.kind === 'directory',
        settleMs: SETTLE_MS,
        maxReadsAtOnce: MAX_READS_AT_ONCE,
        onProgress: line.show,
        onFinding: print,
        onMending: print,
      };
      const report = flags.repair ? await repair(options) : { ...(await verify(options)), repaired: 0 };
      line.clear();
      if (!flags.json) process.stdout.write(summarize(report, flags));
      return report.wrong === report.repaired ? 0 : 2;
    });
  },
});
