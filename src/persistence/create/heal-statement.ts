// The statement that gives a blob whose bytes were lost another place, or its bytes themselves.
import { sql } from 'kysely';
import type { BlobHealing } from '../../domain/create/ports.ts';
import { type Bound, db, prepare } from '../database/typed-sql.ts';

type Healing = {
  readonly accountId: string;
  readonly sha256: string;
  readonly lostBucket: string;
  readonly lostKey: string;
  readonly bucket: string;
  readonly key: string;
  readonly bytes: Uint8Array | null;
};

/*
 * Compared with the place that was found lost, so that of several who heal one blob the first wins and the others see
 * it. The row counts as new, and the sweep leaves it alone until the record that is on its way refers to it.
 */
const heal = prepare('heal-blob', (input: Bound<Healing>) =>
  db
    .updateTable('blobs')
    .set({ storage_bucket: input.bucket, storage_key: input.key, content: input.bytes, created_at: sql`now()` })
    .where('account_id', '=', input.accountId)
    .where('sha256', '=', input.sha256)
    .where('storage_bucket', '=', input.lostBucket)
    .where('storage_key', '=', input.lostKey)
    .returning('id'),
);

/** Gives no row when there is no such blob, or it lies elsewhere by now. */
export function createHealStatement({ lost, location, inline, accountId, sha256 }: BlobHealing) {
  const places = { lostBucket: lost.bucket, lostKey: lost.key, bucket: location.bucket, key: location.key };
  return heal({ accountId, sha256, ...places, bytes: inline && Buffer.from(inline) });
}
