// The upload: a content on its way, in one request or in many, and what is to become of it.
import type { ConflictInput } from '../conflict.ts';
import type { BlobLocation } from '../content/blob-store.ts';
import { type ErrorCode, type ErrorDetails, GatewayError } from '../errors.ts';
import type { JsonObject } from '../fields/labels.ts';
import type { UploadedBytes } from './upload-store.ts';

export const UPLOAD_METHODS = ['resumable', 'direct'] as const;
/** `resumable`: piece by piece through the gateway. `direct`: from the client into the store. */
export type UploadMethod = (typeof UPLOAD_METHODS)[number];

export const UPLOAD_STATES = ['open', 'complete', 'consumed', 'failed'] as const;
/**
 * `open`: bytes may arrive. `complete`: the content is there and nobody has taken it. `consumed`: a resource has taken it.
 * `failed`: what arrived is not what was announced; its bytes are gone.
 */
export type UploadState = (typeof UPLOAD_STATES)[number];

/** Why an upload could not be finished: a refusal as JSON keeps it. */
export type UploadError = { readonly code: ErrorCode; readonly details: ErrorDetails[ErrorCode] };

/** The fields of the create that an upload ends in. */
export type IntendedResource = {
  readonly name: string;
  readonly directoryPath: string;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: JsonObject | undefined;
} & ConflictInput;

export type Upload = {
  readonly id: string;
  readonly accountId: string;
  /** Who began it, and the creator of the resource that it ends in. */
  readonly createdBy: string | null;
  readonly method: UploadMethod;
  readonly state: UploadState;
  /** Null until the sender says it. */
  readonly sizeBytes: number | null;
  /** How many bytes are durable; of a direct upload 0 until it is complete. */
  readonly offsetBytes: number;
  /** Of a direct upload: what all parts have but the last. */
  readonly partSizeBytes: number | null;
  readonly expectedSha256: string | null;
  /** As the sender declares it. */
  readonly mimeType: string | null;
  /** Null: the content waits for a create that names the upload as its uri. */
  readonly resource: IntendedResource | null;
  /** The metadata of tus as it was sent, for its sender to read again. */
  readonly sentMetadata: string | null;
  /** Where the content lies, or will lie. */
  readonly location: BlobLocation;
  /** The store's own, see `UploadedBytes`. */
  readonly kept: UploadedBytes['kept'];
  /** Of a complete content, lower-case hex. */
  readonly sha256: string | null;
  readonly resourceId: string | null;
  readonly error: UploadError | null;
  /** Whether a request has it, which may be one that was killed a moment ago. */
  readonly isHeld: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
};

/** Whether the last byte has arrived. */
export function hasAllBytes({ offsetBytes, sizeBytes }: Pick<Upload, 'offsetBytes' | 'sizeBytes'>): boolean {
  return offsetBytes === sizeBytes;
}

/** As the store knows the bytes. */
export function toUploadedBytes({ location, kept, offsetBytes }: Upload): UploadedBytes {
  return { key: location.key, kept, offsetBytes };
}

/** The refusal that an upload remembers. */
export function toRefusal({ code, details }: UploadError): GatewayError {
  return new GatewayError(code, details);
}

/** What an upload remembers of a refusal: nothing that another caller of the account may not know. */
export function toUploadError({ code, details }: GatewayError): UploadError {
  return { code, details: 'existingId' in details ? { ...details, existingId: null } : details };
}
