// What REST answers to whoever brings an upload to its end.
import type { Finished } from '../domain/uploads/finish-upload.ts';
import type { Exchange } from '../http/caller.ts';
import { writeRestResource } from '../schema/resource.ts';
import { type RestUpload, toRestUpload } from '../schema/upload.ts';
import { asJson } from './answer.ts';

/** The resource that an upload has ended in, or else the upload. */
export function answerFinished({ request, reply }: Exchange, finished: Finished, origin: string): string | RestUpload {
  const { upload, resource } = finished;
  if (resource === null) return toRestUpload(upload, { origin });
  Object.assign(request.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
  return asJson(reply, writeRestResource(resource));
}
