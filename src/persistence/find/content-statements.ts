// The statements behind downloads: where a content is, and the secret that signs addresses for it.
import type { StoredContent } from '../../domain/download/ports.ts';
import type { Row, Statement } from '../database/database.ts';

const FIND_CONTENT = `
select resources.id, resources.account_id, resources.name, resources.mime_type, blobs.sha256,
  blobs.size_bytes::text as size_bytes, (extract(epoch from resources.created_at) * 1000)::float8 as created_ms,
  blobs.storage_bucket, blobs.storage_key, blobs.content
from resources join blobs on blobs.account_id = resources.account_id and blobs.id = resources.blob_id
where resources.account_id = $1 and resources.id = $2`;

// The empty update is what lets the statement return the row that was there, also one that its snapshot does not show.
const SHARE_SECRET = `
insert into shared_secrets (name, value, created_at) values ($1, $2, now())
on conflict (name) do update set name = excluded.name
returning value`;

export function createFindContentStatement(resource: { accountId: string; id: string }): Statement {
  return { name: 'find-content', text: FIND_CONTENT, values: [resource.accountId, resource.id] };
}

export function createShareSecretStatement(secret: { name: string; offered: Uint8Array }): Statement {
  return { name: 'share-secret', text: SHARE_SECRET, values: [secret.name, Buffer.from(secret.offered)] };
}

/** The casts rest on the schema; both drivers give bytea as bytes. */
export function toStoredContent(row: Row): StoredContent {
  return {
    id: row.id as string,
    accountId: row.account_id as string,
    name: row.name as string,
    mimeType: row.mime_type as string,
    sha256: row.sha256 as string,
    sizeBytes: Number(row.size_bytes),
    createdAt: new Date(row.created_ms as number),
    location: { bucket: row.storage_bucket as string, key: row.storage_key as string },
    inline: row.content as Uint8Array | null,
  };
}

export function toSecret(row: Row | undefined): Uint8Array {
  if (row === undefined) throw new Error('the database gave no secret back');
  return row.value as Uint8Array;
}
