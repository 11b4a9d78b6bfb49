// Uploads with tus-js-client, to their end.
import { createHash } from 'node:crypto';
import * as tus from 'tus-js-client';

export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export type Uploaded = { readonly url: string; readonly resourceId: string | undefined };

/** Resolves with what the last answer said; rejects with what the client reports. */
export function uploadByTus(
  content: Buffer,
  options: Omit<tus.UploadOptions, 'onSuccess' | 'onError'>,
): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(content, {
      ...options,
      onSuccess: ({ lastResponse }) =>
        resolve({ url: upload.url ?? '', resourceId: lastResponse.getHeader('Resource-Id') }),
      onError: reject,
    });
    upload.start();
  });
}
