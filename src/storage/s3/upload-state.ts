// What is remembered of an upload into a bucket: parts of a multipart upload, all of one size, and after them the tail, a
// few small objects, for as long as it is too short for a part.
import type { KeptBytes, UploadedBytes } from '../../domain/uploads/upload-store.ts';
import { PART_BYTES } from './parts.ts';

/** Objects below this are tails of uploads; each upload's have its storage key in their names. */
export const TAILS_PREFIX = 'resource-gateway/uploads/';

/** S3 takes no more parts than these. */
const MAX_PARTS = 10_000;

/** The largest content that fits in parts. */
export const MAX_UPLOAD_BYTES = MAX_PARTS * PART_BYTES;

export type Tail = { readonly key: string; readonly sizeBytes: number };

export type UploadState = {
  /** Null while there is no multipart upload. */
  readonly uploadId: string | null;
  /** The ETags of parts 1, 2 and so on; each has `PART_BYTES` but the last one of a content that is whole. */
  readonly etags: readonly string[];
  readonly tails: readonly Tail[];
  /** Tails that others have replaced. */
  readonly stale: readonly string[];
  /** Whether the content is an object under its key already. */
  readonly isObject: boolean;
};

const NOTHING: UploadState = { uploadId: null, etags: [], tails: [], stale: [], isObject: false };

/** Reads what `toKept` wrote. */
export function toUploadState(kept: KeptBytes | null): UploadState {
  return kept === null ? NOTHING : (kept as unknown as UploadState);
}

export function toKept(state: UploadState): KeptBytes {
  return state as unknown as KeptBytes;
}

export function tailBytesOf({ tails }: UploadState): number {
  return tails.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The prefix of an upload's tails. */
export function tailsPrefix({ key }: Pick<UploadedBytes, 'key'>): string {
  return `${TAILS_PREFIX}${key}/`;
}

/** The storage key in the name of a tail, or null. */
export function keyOfTail(name: string): string | null {
  const end = name.lastIndexOf('/');
  return name.startsWith(TAILS_PREFIX) && end > TAILS_PREFIX.length ? name.slice(TAILS_PREFIX.length, end) : null;
}
