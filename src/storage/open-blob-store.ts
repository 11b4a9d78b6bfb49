// Chooses the store that the configuration names; shared by the service and the maintenance commands.
import type { StorageConfig } from '../config.ts';
import type { BlobStore } from '../domain/content/blob-store.ts';
import { openDirectoryStore } from './directory/store.ts';
import { openS3Store } from './s3/store.ts';

/** Opens it; the caller closes it. @throws Error that tells the operator what to change */
export function openBlobStore(storage: StorageConfig): Promise<BlobStore> {
  return storage.kind === 'directory' ? openDirectoryStore(storage) : openS3Store(storage);
}
