// What an event keeps of a resource: all that it was then, as the database itself puts it into JSON.

/** Expressions by the names of a resource's fields; id, account and directory are columns of the event. */
type ResourceSql = {
  /** The alias of a row that has the columns of `resources`. */
  readonly row: string;
  readonly sha256: string;
  readonly storageBucket: string;
  readonly storageKey: string;
  /** A JSON array. */
  readonly tags: string;
  readonly updatedAt: string;
};

/** `metadata` goes in letter by letter: it is JSON already. `more`: pairs of a key and its expression. */
export function toResourceData(sql: ResourceSql, more = ''): string {
  const { row, sha256, storageBucket, storageKey, tags, updatedAt } = sql;
  return `json_build_object('name', ${row}.name, 'mimeType', ${row}.mime_type, 'sha256', ${sha256},
    'originalUri', ${row}.original_uri, 'externalId', ${row}.external_id,
    'externalStorageType', ${row}.external_storage_type, 'storageBucket', ${storageBucket}, 'storageKey', ${storageKey},
    'sizeBytes', ${row}.size_bytes, 'tags', ${tags}, 'metadata', ${row}.metadata, 'createdBy', ${row}.created_by,
    'createdAt', ${row}.created_at, 'updatedAt', ${updatedAt}${more})`;
}

/** The same of a row that a statement has changed or deleted, joined with its blob as `blobs`. */
export function toStoredData(row: string, { tags, more = '' }: { readonly tags: string; readonly more?: string }) {
  return toResourceData(
    {
      row,
      sha256: 'blobs.sha256',
      storageBucket: 'blobs.storage_bucket',
      storageKey: 'blobs.storage_key',
      tags,
      updatedAt: `${row}.updated_at`,
    },
    more,
  );
}

/** The tags of the account $1's resource as they are stored, as an array of text. */
export const storedTags = (id: string) =>
  `array(select tag from resource_tags where account_id = $1 and resource_id = ${id} order by position)`;
