// Sweeps once, with the server's own configuration. It does what it is asked to, and warns of what is risky.
import { toCommandLine } from '../domain/maintenance/command-line.ts';
import { type SweepReport, sweep } from '../domain/maintenance/sweep.ts';
import { expireUploads } from '../domain/uploads/expire-uploads.ts';
import { runMaintenance, toBytesText, UsageError, withMaintenance } from './run-maintenance.ts';

const HELP = `Removes what no resource needs: uploads that have expired, old versions, blobs without a resource, objects without a blob, and
what requests that never ended have left.

Usage: ${toCommandLine('sweep', '[flags]')}

  --dry-run  only prints what would be removed
  --grace    leaves what is younger than so many seconds (default: SWEEP_GRACE_MS, a day unless set);
             less than that is safe only while no create is running
  --help     prints this

With the embedded database, stop the gateway first. Exit status: 0 done, 1 failed, 2 a command line with a mistake.
`;

/** @throws UsageError */
function parseGrace(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  throw new UsageError('--grace must be a whole number of seconds, 0 or more');
}

function summarize(
  {
    blobs,
    objects,
    stagings,
    expired,
    thinned,
    thrown,
  }: SweepReport & { readonly expired: number; readonly thinned: number; readonly thrown: number },
  dryRun: boolean,
): string {
  return `${dryRun ? 'Would remove' : 'Removed'}:
  ${blobs.count} blobs without a resource (${toBytesText(blobs.sizeBytes)})
  ${objects.count} objects without a blob (${toBytesText(objects.sizeBytes)})
  ${stagings} things that requests have left which never ended
  ${expired} uploads that had expired
  ${thinned} versions that are too old or too many
  ${thrown} resources that had been in the trash for long enough
`;
}

await runMaintenance({
  name: 'sweep',
  help: HELP,
  options: { 'dry-run': { type: 'boolean', default: false }, grace: { type: 'string' } },
  async run({ 'dry-run': dryRun, grace }) {
    const given = grace === undefined ? null : parseGrace(grace);
    return await withMaintenance({ env: process.env, adopt: false }, async ({ config, ...ports }) => {
      const graceMs = given ?? config.sweep.graceMs;
      if (!dryRun && graceMs < config.sweep.graceMs) {
        const seconds = config.sweep.graceMs / 1000;
        process.stderr.write(`A grace below ${seconds} s can fail or lose creates that are running now.\n`);
      }
      const expired = dryRun ? 0 : await expireUploads(ports);
      const { catalog, signal } = ports;
      const thrown = dryRun ? 0 : await catalog.expireTrash({ ttlMs: config.trashTtlMs, signal });
      const thinned = dryRun ? 0 : await catalog.thinVersions({ ...config.versions, signal });
      const report = await sweep({
        ...ports,
        graceMs,
        dryRun,
        trusting: true,
        onFind({ kind, key, sizeBytes }) {
          if (dryRun) process.stdout.write(`${kind} ${key} ${sizeBytes}\n`);
        },
      });
      process.stdout.write(summarize({ ...report, expired, thinned, thrown }, dryRun));
      return 0;
    });
  },
});
