// Content that an upload has brought, opened for a create.
import type { Principal } from '../caller/principal.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { StagedContent } from './staging.ts';

const SCHEME = /^upload:/i;

/** Whether a uri names an upload. */
export function isUploadUri(uri: string): boolean {
  return SCHEME.test(uri);
}

/** The id in a uri that names an upload; whatever it is. */
export function toUploadId(uri: string): string {
  return uri.replace(SCHEME, '');
}

/**
 * Opens the content of a complete upload of the caller's account, and keeps other creates of this process from it until
 * it is disposed, which changes nothing of the upload.
 * @throws GatewayError `invalid_input` on `uri` when there is none, or it is not complete, or its content was taken
 */
export type UploadOpener = (
  uri: string,
  call: CallOptions & { readonly principal: Principal },
) => Promise<StagedContent>;
