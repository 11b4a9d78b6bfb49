// The columns that statements carry between resources, their earlier versions and the trash, named once: one that were
// forgotten on one way would be lost there.

/** Which content it is, and what is known of it. */
export const CONTENT_NAMES = [
  'blob_id',
  'mime_type',
  'size_bytes',
  'original_uri',
  'external_id',
  'external_storage_type',
] as const;

/** What a resource and the trash both say of a record, but for its keys, its place and when it was changed. */
export const RECORD_NAMES = [
  ...CONTENT_NAMES,
  'metadata',
  'created_by',
  'created_at',
  'version',
  'replaced_at',
  'replaced_by',
] as const;
