// The resource: what a create gives back and what every transport shows.
import type { JsonObject } from './fields/labels.ts';

export const EXTERNAL_STORAGE_TYPES = ['s3', 'gcs', 'azure_blob'] as const;
export type ExternalStorageType = (typeof EXTERNAL_STORAGE_TYPES)[number];

/** One stored file with everything known about it. */
export type Resource = {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** Canonical: absolute, no slash at the end; the root is "/". */
  readonly directoryPath: string;
  readonly mimeType: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Without credentials or signatures. */
  readonly originalUri: string | null;
  readonly externalId: string | null;
  readonly externalStorageType: ExternalStorageType | null;
  readonly storageBucket: string;
  readonly storageKey: string;
  readonly sizeBytes: number;
  readonly tags: readonly string[];
  readonly metadata: JsonObject | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Which content it has, counted from 1. */
  readonly version: number;
};
