// The public resource: one shape, in the two spellings of its keys.
import { z } from 'zod';
import { EXTERNAL_STORAGE_TYPES, type Resource } from '../domain/resource.ts';

/** A resource as GraphQL and tRPC show it: times are RFC 3339, sizes are numbers. */
export type PublicResource = {
  id: string;
  accountId: string;
  name: string;
  directoryPath: string;
  mimeType: string;
  sha256: string;
  originalUri: string | null;
  externalId: string | null;
  externalStorageType: (typeof EXTERNAL_STORAGE_TYPES)[number] | null;
  storageBucket: string;
  storageKey: string;
  sizeBytes: number;
  tags: string[];
  metadata: { [key: string]: unknown } | null;
  createdBy: string | null;
  createdAt: string;
  updatedAt: string;
};

/** A resource as REST shows it, field by field what the contract says. */
export const restResource = z.object({
  id: z.uuid(),
  account_id: z.string(),
  name: z.string(),
  directory_path: z.string(),
  mime_type: z.string(),
  sha256: z.string(),
  original_uri: z.string().nullable(),
  external_id: z.string().nullable(),
  external_storage_type: z.enum(EXTERNAL_STORAGE_TYPES).nullable(),
  storage_bucket: z.string(),
  storage_key: z.string(),
  size_bytes: z.int(),
  tags: z.array(z.string()),
  metadata: z.looseObject({}).nullable(),
  created_by: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type RestResource = z.output<typeof restResource>;

/** The resource in camelCase. */
export function toPublicResource(resource: Resource): PublicResource {
  return {
    ...resource,
    tags: [...resource.tags],
    createdAt: resource.createdAt.toISOString(),
    updatedAt: resource.updatedAt.toISOString(),
  };
}

/** The resource in snake_case. */
export function toRestResource(resource: Resource): RestResource {
  return {
    id: resource.id,
    account_id: resource.accountId,
    name: resource.name,
    directory_path: resource.directoryPath,
    mime_type: resource.mimeType,
    sha256: resource.sha256,
    original_uri: resource.originalUri,
    external_id: resource.externalId,
    external_storage_type: resource.externalStorageType,
    storage_bucket: resource.storageBucket,
    storage_key: resource.storageKey,
    size_bytes: resource.sizeBytes,
    tags: [...resource.tags],
    metadata: resource.metadata,
    created_by: resource.createdBy,
    created_at: resource.createdAt.toISOString(),
    updated_at: resource.updatedAt.toISOString(),
  };
}
