// Reading uploads: one, where it is, or a page of them.
import { requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import { createCursor, foreignCursor, parseCursor } from '../find/cursor.ts';
import { type PageInput, parseLimit } from '../find/list-resources.ts';
import { type Page, toPage } from '../flow/pages.ts';
import { toUploadRef, type UploadCall } from './call.ts';
import { type FinishCall, type Finished, finishUpload, toUnfinished } from './finish-upload.ts';
import { dueOf } from './holds.ts';
import { isUnsettled } from './settle-content.ts';
import { toRefusal, type Upload } from './upload.ts';

/** @throws GatewayError `forbidden`, `not_found`, which another account's upload is as well */
export async function findUpload(id: string, call: UploadCall): Promise<Upload> {
  requireScope(call.principal, 'resources:write');
  const upload = await call.repository.findUpload(toUploadRef(id, call), call);
  if (upload === null) throw new GatewayError('not_found', { uploadId: id });
  return upload;
}

/**
 * How far an upload is, for its sender to go on from there: what it says holds for the next request. So it ends a request
 * that still has the upload, and finishes one that has all its bytes.
 * @throws GatewayError `forbidden`, `not_found`, `upload_busy`, and what an upload was refused with that has its bytes
 */
export async function locateUpload(id: string, call: FinishCall): Promise<Finished> {
  const found = await findUpload(id, call);
  if (found.isHeld || isDue(found)) {
    const held = await call.uploads.holds.take(toUploadRef(id, call), call);
    if (isDue(held.upload())) return await finishUpload(held, call);
    return toUnfinished(await held.giveBack());
  }
  if (found.error !== null) throw toRefusal(found.error);
  return toUnfinished(found);
}

/** Whether it has all its bytes, and something is left to do. */
function isDue(upload: Upload): boolean {
  return isUnsettled(upload) || (upload.state === 'complete' && dueOf(upload) !== null);
}

/** One page of the account's uploads, the newest first. @throws GatewayError `forbidden`, `invalid_input` */
export async function listUploads(input: PageInput, call: UploadCall): Promise<Page<Upload>> {
  requireScope(call.principal, 'resources:write');
  const limit = parseLimit(input);
  const before = input.cursor === undefined ? null : parseUploadCursor(input.cursor);
  const query = { accountId: call.principal.accountId, before, maxCount: limit + 1 };
  const found = await call.repository.listUploads(query, call);
  return toPage(found, { limit, toCursor: ({ id }) => createCursor(['upload', id]) });
}

function parseUploadCursor(cursor: string): string {
  const [kind, id, ...rest] = parseCursor(cursor);
  if (kind !== 'upload' || typeof id !== 'string' || !isId(id) || rest.length > 0) throw foreignCursor();
  return id;
}
