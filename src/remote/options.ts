// What a deployment decides about remote content. It holds no defaults that open anything: no host and no bucket.
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { ExternalStorageType } from '../domain/resource.ts';

/** A host that may be private. `port` null opens every port of it. */
export type AllowedHost = { readonly host: string; readonly port: number | null };

/** A bucket that may be read with the deployment's own credentials. `account` is for Azure, where `bucket` is the container. */
export type SourceBucket =
  | { readonly kind: Exclude<ExternalStorageType, 'azure_blob'>; readonly bucket: string }
  | { readonly kind: 'azure_blob'; readonly account: string; readonly bucket: string };

export type RemoteLimits = {
  /** From the first look-up of a hop's name to its addresses. */
  readonly lookupTimeoutMs: number;
  /** From the first byte of connecting to the end of the answer's headers, for each hop. */
  readonly headerTimeoutMs: number;
  /** Without a byte while one is awaited; a slow reader of ours does not count. */
  readonly idleTimeoutMs: number;
  /** Slowest average rate of a body, judged once waiting for it has taken `idleTimeoutMs` in all. */
  readonly minBytesPerSecond: number;
  /** The whole fetch, redirects, resumes and body included. */
  readonly totalTimeoutMs: number;
  /** How long a fetch may wait for its turn before it is refused. */
  readonly slotTimeoutMs: number;
  /** Refused addresses and failed look-ups are answered at multiples of this, so that timing tells nothing. */
  readonly refusalStepMs: number;
  /** Before the first resume; doubled before each further one. */
  readonly resumeDelayMs: number;
  readonly maxRedirects: number;
  readonly maxResumes: number;
  readonly maxHeaderBytes: number;
  readonly maxConcurrentPerAccount: number;
  readonly maxConcurrent: number;
  readonly maxBytes: number;
};

export const DEFAULT_REMOTE_LIMITS: RemoteLimits = {
  lookupTimeoutMs: 5_000,
  headerTimeoutMs: 15_000,
  idleTimeoutMs: 30_000,
  minBytesPerSecond: 4_096,
  totalTimeoutMs: 3_600_000,
  // Longer than it takes to see that a fetch is too slow, so that its slot is there for who waits.
  slotTimeoutMs: 45_000,
  refusalStepMs: 500,
  resumeDelayMs: 250,
  maxRedirects: 3,
  maxResumes: 2,
  maxHeaderBytes: 16_384,
  maxConcurrentPerAccount: 8,
  maxConcurrent: 64,
  maxBytes: 5 * 1024 ** 3,
};

/** A target that was refused, for the log alone. `uri` carries no credentials. */
export type BlockedTarget = {
  readonly uri: string;
  readonly host: string;
  readonly addresses: readonly string[];
  readonly reason: string;
};

export type ResolvedAddress = { readonly address: string; readonly family: number };

/** Every address of a name; rejects when it has none. Called once for each hop. */
export type Lookup = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export type RemoteOptions = {
  readonly allowHosts: readonly AllowedHost[];
  readonly sourceBuckets: readonly SourceBucket[];
  readonly limits: RemoteLimits;
  readonly lookup: Lookup;
  /** Told of every refused target; the caller is not. Must not throw. */
  readonly onBlocked: (target: BlockedTarget) => void;
  /** Handed to the AWS SDK as it is; what is absent comes from the SDK's own variables. */
  readonly s3: S3ClientConfig;
  /** `host:port` or an address of an emulator, as in STORAGE_EMULATOR_HOST; null: Google, with its default credentials. */
  readonly gcsEmulatorHost: string | null;
  /** As in AZURE_STORAGE_CONNECTION_STRING; null: containers are read without credentials. */
  readonly azureConnectionString: string | null;
};
