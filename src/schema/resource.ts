// The public resource: one shape, in the two spellings of its keys.
import { z } from 'zod';
import { EXTERNAL_STORAGE_TYPES, type Resource } from '../domain/resource.ts';
import { toRestShape } from './spelling.ts';
import { toTimeText } from './time.ts';

/** A resource as tRPC shows it: times are RFC 3339, sizes are numbers. */
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

/** Field by field what the contract says; only the keys are spelt otherwise. */
export const resourceFields = z.object({
  id: z.uuid().describe('Unique identifier; identifiers order by creation time'),
  accountId: z.string().describe('The account that owns the resource'),
  name: z.string().describe('Name, unique within its directory'),
  directoryPath: z.string().describe('Directory that holds the resource, absolute; the root is "/"'),
  mimeType: z.string().describe('MIME type, as declared or else detected'),
  sha256: z.string().describe('SHA-256 of the content, in lower-case hex'),
  originalUri: z.string().nullable().describe('The URI that the content was copied from, without credentials'),
  externalId: z.string().nullable().describe('The object in the external storage that the content was copied from'),
  externalStorageType: externalStorageType.nullable(),
  storageBucket: z.string().describe('Bucket that holds the content'),
  storageKey: z.string().describe('Key of the content in its bucket'),
  sizeBytes: z.int().meta({ format: 'int64', description: 'Size of the content in bytes' }),
  tags: z.array(z.string()).describe('Tags, in the order given'),
  metadata: z.looseObject({}).nullable().describe('Metadata, exactly as sent'),
  createdBy: z.string().nullable().describe("The creator: the token's subject"),
  createdAt: z.iso.datetime().describe('When the resource was created'),
  updatedAt: z.iso.datetime().describe('When the resource was last changed'),
});
/** A resource as REST shows it. */
export const restResource = toRestShape(resourceFields).describe('A stored file with everything known about it');
export type RestResource = z.output<typeof restResource>;

/** The resource in camelCase. */
export function toPublicResource(resource: Resource): PublicResource {
  return {
    id: resource.id,
    accountId: resource.accountId,
    name: resource.name,
    directoryPath: resource.directoryPath,
    mimeType: resource.mimeType,
    sha256: resource.sha256,
    originalUri: resource.originalUri,
    externalId: resource.externalId,
    externalStorageType: resource.externalStorageType,
    storageBucket: resource.storageBucket,
    storageKey: resource.storageKey,
    sizeBytes: resource.sizeBytes,
    tags: [...resource.tags],
    metadata: resource.metadata,
    createdBy: resource.createdBy,
    createdAt: toTimeText(resource.createdAt),
    updatedAt: toTimeText(resource.updatedAt),
  };
}

/**
 * The resource in snake_case: the contract's fields alone, and always in the same order. Written out, since V8 makes and
 * writes an object of a known shape twice as fast as one that a loop fills.
 */
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
    tags: resource.tags as string[],
    metadata: resource.metadata,
    created_by: resource.createdBy,
    created_at: toTimeText(resource.createdAt),
    updated_at: toTimeText(resource.updatedAt),
  };
}
