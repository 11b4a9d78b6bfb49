// What the shared insert is given of each record: one array of values for each column.
import type { ConflictRule } from '../../domain/conflict.ts';
import type { ContentRef, KeptResult, NewResource } from '../../domain/create/ports.ts';
import type { Tables } from '../database/typed-sql.ts';
import { writeCreatedData } from '../events/event-data.ts';

/** A record on its way, with what the statement needs besides. */
export type InsertRow = {
  readonly resource: NewResource;
  readonly content: ContentRef;
  /** JSON text. It is made once, before grouping, so that what cannot be told as JSON fails alone. */
  readonly metadata: string | null;
  /** The id that its blob gets if the account has none with this sha256 yet. */
  readonly newBlobId: string;
  /** The claim that it is stored under, and what is to be kept under its key; `result` is JSON text. */
  readonly kept: (KeptResult & { readonly result: string }) | null;
  /** What is to happen when its place is taken. */
  readonly rule: ConflictRule;
};

/** The blob that a row would register, and which of the group's inline bytes are its content. */
type RowContent = { readonly blobId: string | null; readonly start: number | null; readonly length: number | null };

export type InsertColumn<Name extends string> = {
  readonly name: Name;
  readonly type: 'uuid' | 'text' | 'json' | 'timestamptz' | 'bigint' | 'int' | 'float8' | 'boolean';
  value(row: InsertRow, content: RowContent): unknown;
};

/** What a record stores as it comes, each value once for each row of the group. */
export const RESOURCE_COLUMNS: readonly InsertColumn<keyof Tables['resources']>[] = [
  { name: 'id', type: 'uuid', value: ({ resource }) => resource.id },
  { name: 'account_id', type: 'text', value: ({ resource }) => resource.accountId },
  { name: 'directory_path', type: 'text', value: ({ resource }) => resource.directoryPath },
  { name: 'name', type: 'text', value: ({ resource }) => resource.name },
  { name: 'mime_type', type: 'text', value: ({ resource }) => resource.mimeType },
  { name: 'original_uri', type: 'text', value: ({ resource }) => resource.originalUri },
  { name: 'external_id', type: 'text', value: ({ resource }) => resource.externalId },
  { name: 'external_storage_type', type: 'text', value: ({ resource }) => resource.externalStorageType },
  { name: 'metadata', type: 'json', value: ({ metadata }) => metadata },
  { name: 'created_by', type: 'text', value: ({ resource }) => resource.createdBy },
  { name: 'created_at', type: 'timestamptz', value: ({ resource }) => resource.createdAt.toISOString() },
  { name: 'size_bytes', type: 'bigint', value: ({ content }) => content.sizeBytes },
];

/** What its blob is found or registered by. */
export const CONTENT_COLUMNS: readonly InsertColumn<string>[] = [
  { name: 'sha256', type: 'text', value: ({ content }) => content.sha256 },
  { name: 'new_blob_id', type: 'uuid', value: (_row, { blobId }) => blobId },
  { name: 'new_bucket', type: 'text', value: ({ content }) => content.offered?.location.bucket ?? null },
  { name: 'new_key', type: 'text', value: ({ content }) => content.offered?.location.key ?? null },
  { name: 'content_start', type: 'int', value: (_row, { start }) => start },
  { name: 'content_length', type: 'int', value: (_row, { length }) => length },
];

/** What is kept under its idempotency key. */
export const KEY_COLUMNS: readonly InsertColumn<string>[] = [
  { name: 'claim_key', type: 'text', value: ({ kept }) => kept?.claim.key ?? null },
  { name: 'claim_owner', type: 'uuid', value: ({ kept }) => kept?.claim.owner ?? null },
  { name: 'fingerprint', type: 'text', value: ({ kept }) => kept?.fingerprint ?? null },
  { name: 'result', type: 'json', value: ({ kept }) => kept?.result ?? null },
  { name: 'ttl_ms', type: 'float8', value: ({ kept }) => kept?.ttlMs ?? null },
];

/** The upload that its content comes from. */
export const UPLOAD_COLUMNS: readonly InsertColumn<string>[] = [
  { name: 'upload_id', type: 'uuid', value: ({ content }) => content.uploadId },
];

/** What is to happen when its place is taken. */
export const POLICY_COLUMNS: readonly InsertColumn<string>[] = [
  { name: 'policy', type: 'text', value: ({ rule }) => rule.policy },
  { name: 'must_stand', type: 'boolean', value: ({ rule }) => rule.ifMatch !== null },
  { name: 'expected', type: 'text', value: ({ rule }) => toTimes(rule.ifMatch?.updatedAt ?? null) },
  { name: 'stem', type: 'text', value: ({ rule }) => rule.numbered.stem },
  { name: 'extension', type: 'text', value: ({ rule }) => rule.numbered.extension },
  { name: 'keeps_tags', type: 'boolean', value: ({ rule }) => rule.keepsTags },
  { name: 'keeps_metadata', type: 'boolean', value: ({ rule }) => rule.keepsMetadata },
];

/** An array as PostgreSQL reads it from text. */
function toTimes(times: readonly Date[] | null): string | null {
  return times && `{${times.map((time) => time.toISOString()).join()}}`;
}

/** What its event tells. */
export const EVENT_COLUMNS: readonly InsertColumn<string>[] = [
  { name: 'written', type: 'text', value: writeCreatedData },
];
