// The statement that gives a blob whose bytes were lost another place, or its bytes themselves.
import type { BlobHealing } from '../../domain/create/ports.ts';
import type { Statement } from '../database/database.ts';

/*
 * Compared with the place that was found lost, so that of several who heal one blob the first wins and the others see
 * it. The row counts as new, and the sweep leaves it alone until the record that is on its way refers to it.
 */
const HEAL = `
update blobs set storage_bucket = $5, storage_key = $6, content = $7::bytea, created_at = now()
where account_id = $1 and sha256 = $2 and storage_bucket = $3 and storage_key = $4
returning true as healed`;

export function createHealStatement({ accountId, sha256, lost, location, inline }: BlobHealing): Statement {
  const bytes = inline === null ? null : Buffer.from(inline);
  return {
    name: 'heal-blob',
    text: HEAL,
    values: [accountId, sha256, lost.bucket, lost.key, location.bucket, location.key, bytes],
  };
}
