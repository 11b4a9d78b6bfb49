// What REST answers to whoever brings an upload to its end.
import type { Finished } from '../domain/uploads/finish-upload.ts';
import type { Exchange } from '../http/caller.ts';
import { type RestResource, toRestResource } from '../schema/resource.ts';
import { type RestUpload, toRestUpload } from '../schema/upload.ts';

/** The resource that an upload has ended in, or else the upload. */
export function answerFinished(
  { request, reply }: Exchange,
  finished: Finished,
  origin: string,
): RestResource | RestUpload {
  const { upload, resource, result } = finished;
  if (result !== null) reply.header('resource-outcome', result);
  if (resource === null) return toRestUpload(upload, { origin });
  Object.assign(request.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
  return toRestResource(resource);
}
