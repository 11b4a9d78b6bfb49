// Removes uploads that have expired, and finishes none: for an operator's sweep, beside which gateways may run or not.
import type { CallOptions } from '../flow/stream.ts';
import { freeBytes } from './cancel-upload.ts';
import type { UploadRecords } from './ports.ts';
import type { ContentStore } from './upload-store.ts';

export type ExpirePorts = { readonly blobs: ContentStore; readonly catalog: UploadRecords };

const PAGE_UPLOADS = 50;
/** The others are due again at once, for a gateway that finishes them. */
const AGAIN_MS = 1_000;

/** @returns how many there were @throws what the records throw */
export async function expireUploads({ catalog, blobs, signal }: ExpirePorts & CallOptions): Promise<number> {
  let count = 0;
  for (;;) {
    const due = await catalog.takeDueUploads({ limit: PAGE_UPLOADS, againMs: AGAIN_MS, signal });
    let removed = 0;
    for (const upload of due) {
      const gone = await catalog.removeExpiredUpload(upload, { signal });
      if (gone === null) continue;
      removed += 1;
      await freeBytes(gone, { blobs, signal });
    }
    count += removed;
    if (removed === 0) return count;
  }
}
