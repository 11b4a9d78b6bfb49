// What an event keeps of a resource: all that it was then, as the database itself puts it into JSON.
import { type Expression, sql } from 'kysely';
import type { ContentRef, NewResource } from '../../domain/create/ports.ts';
import type { ChangedField } from '../../domain/events/event.ts';
import type { Resource } from '../../domain/resource.ts';
import { db, type Operand, type Tables } from '../database/typed-sql.ts';

/** What an event's data holds: what of a resource is no column of the event, and of an update what it changed. */
export type ResourceData = Omit<
  Resource,
  'id' | 'accountId' | 'directoryPath' | 'createdAt' | 'updatedAt' | 'version' | Nullable
> & {
  /** Absent: null. */
  readonly [Field in Nullable]?: Resource[Field];
} & {
  readonly createdAt: string;
  /** Absent: as `createdAt`. */
  readonly updatedAt?: string;
  /** Absent: 1. */
  readonly version?: number;
  readonly changed?: readonly ChangedField[];
};

type Nullable = 'originalUri' | 'externalId' | 'externalStorageType' | 'metadata' | 'createdBy';

/** The same of a directory: of a move how many moved, of a delete how many went and whether none is left. */
export type DirectoryData = {
  readonly moved?: number;
  readonly deleted?: number;
  readonly isComplete?: boolean;
};

type Key = Exclude<keyof ResourceData, 'changed'>;

/** Metadata goes in letter by letter: it is JSON already. */
const RECORD_FIELDS = {
  name: 'name',
  mimeType: 'mime_type',
  originalUri: 'original_uri',
  externalId: 'external_id',
  externalStorageType: 'external_storage_type',
  sizeBytes: 'size_bytes',
  metadata: 'metadata',
  createdBy: 'created_by',
  createdAt: 'created_at',
} as const satisfies { readonly [Field in Key]?: keyof Tables['resources'] };

/** What a row of `resources` does not say, or not as it is then. */
type OtherFields<Value> = { readonly [Field in Exclude<Key, keyof typeof RECORD_FIELDS>]: Value };

/** A resource on its way, with its metadata as JSON text. */
type Created = { readonly resource: NewResource; readonly content: ContentRef; readonly metadata: string | null };

/**
 * What the event of a create tells, as JSON text but for where the content lies and its last brace, which the database adds. What
 * is null is left out: written here and short, an event takes a third less than what the database puts together.
 */
export function writeCreatedData({ resource, content, metadata }: Created): string {
  const { name, mimeType, createdBy, createdAt, tags } = resource;
  const { originalUri, externalId, externalStorageType } = resource;
  const { sha256, sizeBytes } = content;
  const given = { originalUri, externalId, externalStorageType, createdBy };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const text = JSON.stringify({ name, mimeType, sizeBytes, createdAt, tags, sha256, ...set });
  return `${text.slice(0, -1)}${metadata === null ? '' : `,"metadata":${metadata}`}`;
}

/** All of it; the arguments are SQL. */
export function toCreatedDataText(written: string, { bucket, key }: { bucket: string; key: string }): string {
  const place = [`',"storageBucket":'`, toJsonText(bucket), `',"storageKey":'`, toJsonText(key), `'}'`];
  return `(${[written, ...place].join(' || ')})::json`;
}

/** Without a blob the whole statement fails at its end, by its foreign key, and is to come so far. */
const toJsonText = (text: string) => `coalesce(to_json(${text})::text, 'null')`;

/** As text, for a statement that is text; `row`: an alias that has the columns of `resources`. */
export function toResourceDataText(row: string, others: OtherFields<string>): string {
  const own = Object.entries(RECORD_FIELDS).map(([key, column]) => `'${key}', ${row}.${column}`);
  const other = Object.entries(others).map(([key, text]) => `'${key}', ${text}`);
  return `json_build_object(${[...own, ...other].join(', ')})`;
}

/** The same of a whole resource, as an idempotency key keeps it and an insert answers it; `extra` is said beside it. */
export function toRecordText(
  row: string,
  others: OtherFields<string>,
  extra: { readonly [key: string]: string },
): string {
  const place = { id: `${row}.id`, accountId: `${row}.account_id`, directoryPath: `${row}.directory_path` };
  const pairs = Object.entries({ ...place, ...extra }).map(([key, text]) => `'${key}', ${text}`);
  return toResourceDataText(row, others).replace('(', `(${pairs.join(', ')}, `);
}

/** Of a row that a statement has changed or deleted, joined with its blob as `blobs`; `tags` is an array. */
export function toResourceData(
  row: string,
  { tags, changed }: { readonly tags: Expression<unknown>; readonly changed?: Expression<unknown> },
) {
  const others = {
    sha256: sql.ref('blobs.sha256'),
    storageBucket: sql.ref('blobs.storage_bucket'),
    storageKey: sql.ref('blobs.storage_key'),
    tags: sql`to_json(${tags})`,
    updatedAt: sql.ref(`${row}.updated_at`),
    version: sql.ref(`${row}.version`),
  } satisfies OtherFields<unknown>;
  const own = Object.entries(RECORD_FIELDS).flatMap(([key, column]) => [sql.lit(key), sql.ref(`${row}.${column}`)]);
  const other = Object.entries({ ...others, ...(changed && { changed }) }).flatMap(([key, value]) => [
    sql.lit(key),
    value,
  ]);
  return sql<string>`json_build_object(${sql.join([...own, ...other])})`;
}

/** Of a directory. */
export function toDirectoryData(fields: { readonly [Field in keyof DirectoryData]: Expression<unknown> }) {
  const pairs = Object.entries(fields).flatMap(([key, value]) => [sql.lit(key), value]);
  return sql<string>`json_build_object(${sql.join(pairs)})`;
}

/** A resource's tags as they are stored, as an array of text. */
export function toStoredTags(accountId: Operand<string>, id: Expression<string>) {
  const tags = db
    .selectFrom('resource_tags')
    .select('tag')
    .where('account_id', '=', accountId)
    .where('resource_id', '=', id)
    .orderBy('position');
  return sql<string[]>`array(${tags})`;
}
