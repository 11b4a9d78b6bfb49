// A resource as the JSON of a kept result holds it, whether our code wrote it or the database.
import type { CreateResult } from '../../domain/conflict.ts';
import type { Resource } from '../../domain/resource.ts';

/** What stood in the answer. Where its content lies is read anew, and so what is here of it may be old. */
export type KeptResource = Omit<Resource, 'createdAt' | 'updatedAt' | 'version'> & {
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Absent, as is the next, in what was kept before there were versions. */
  readonly version?: number;
  readonly outcome?: CreateResult;
};

type Written = Omit<KeptResource, 'storageBucket' | 'storageKey'>;

/** The JSON text of a record that was created as it came; its fields are named one by one, since it outlives an upgrade. */
export function toKeptJson(resource: Omit<Resource, 'storageBucket' | 'storageKey'>): string {
  const kept: Written = {
    id: resource.id,
    accountId: resource.accountId,
    name: resource.name,
    directoryPath: resource.directoryPath,
    mimeType: resource.mimeType,
    sha256: resource.sha256,
    originalUri: resource.originalUri,
    externalId: resource.externalId,
    externalStorageType: resource.externalStorageType,
    sizeBytes: resource.sizeBytes,
    tags: resource.tags,
    metadata: resource.metadata,
    createdBy: resource.createdBy,
    createdAt: resource.createdAt.toISOString(),
    updatedAt: resource.updatedAt.toISOString(),
    version: resource.version,
    outcome: 'created',
  };
  return JSON.stringify(kept);
}

/** The resource that it was. */
export function toKeptResource({ outcome: _outcome, ...kept }: KeptResource): Resource {
  return {
    ...kept,
    createdAt: new Date(kept.createdAt),
    updatedAt: new Date(kept.updatedAt),
    version: kept.version ?? 1,
  };
}
