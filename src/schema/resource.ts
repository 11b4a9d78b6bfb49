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

export const externalStorageType = z
  .enum(EXTERNAL_STORAGE_TYPES)
  .describe('Type of external storage that a content was copied from');

/** A resource as REST shows it, field by field what the contract says. */
export const restResource = z
  .object({
    id: z.uuid().describe('Unique identifier; identifiers order by creation time'),
    account_id: z.string().describe('The account that owns the resource'),
    name: z.string().describe('Name, unique within its directory'),
    directory_path: z.string().describe('Directory that holds the resource, absolute; the root is "/"'),
    mime_type: z.string().describe('MIME type, as declared or else detected'),
    sha256: z.string().describe('SHA-256 of the content, in lower-case hex'),
    original_uri: z.string().nullable().describe('The URI that the content was copied from, without credentials'),
    external_id: z.string().nullable().describe('The object in the external storage that the content was copied from'),
    external_storage_type: externalStorageType.nullable(),
    storage_bucket: z.string().describe('Bucket that holds the content'),
    storage_key: z.string().describe('Key of the content in its bucket'),
    size_bytes: z.int().meta({ format: 'int64', description: 'Size of the content in bytes' }),
    tags: z.array(z.string()).describe('Tags, in the order given'),
    metadata: z.looseObject({}).nullable().describe('Metadata, exactly as sent'),
    created_by: z.string().nullable().describe("The creator: the token's subject"),
    created_at: z.iso.datetime().describe('When the resource was created'),
    updated_at: z.iso.datetime().describe('When the resource was last changed'),
  })
  .describe('A stored file with everything known about it');
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
