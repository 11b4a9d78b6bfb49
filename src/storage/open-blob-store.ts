// Chooses the store that the configuration names; shared by the service and the maintenance commands.
import type { ContentStore } from '../domain/uploads/upload-store.ts';
import { openDirectoryStore } from './directory/store.ts';
import { openS3Store, type S3StoreOptions } from './s3/store.ts';

/** Which store, and how it is reached. */
export type StoreLocation =
  | { readonly kind: 'directory'; readonly directory: string }
  | ({ readonly kind: 's3' } & S3StoreOptions);

/** Opens it; the caller closes it. @throws Error that tells the operator what to change */
export function openBlobStore(location: StoreLocation): Promise<ContentStore> {
  return location.kind === 'directory' ? openDirectoryStore(location) : openS3Store(location);
}
