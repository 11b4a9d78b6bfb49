// The connection to one bucket. It uses only what all vendors of S3 have, and every wait has an end.
import type { S3, S3ClientConfig } from '@aws-sdk/client-s3';
import { createShares, type Shares, type SharesOptions } from '../../domain/caller/shares.ts';
import { MAX_PARTS_IN_FLIGHT } from './parts.ts';

/** A bucket and the clients that reach it. */
export type S3Connection = {
  readonly bucket: string;
  /** For what no account waits for: clean-up, listings, the label. */
  readonly client: S3;
  /** For writing, and asking for what was written. Each call has a socket at once: see `calls`, and `Parts.enter`. */
  readonly writer: S3;
  /** Turns at `writer` for everything but parts, which have turns of their own. */
  readonly calls: Shares;
  /** For reading: it has no limit on a socket's rest, because a slow reader of ours makes it rest. */
  readonly reader: S3;
  /** For asking whether the store is there: its sockets are never all taken by others. */
  readonly prober: S3;
  /** How long the store may stay silent, in milliseconds, before a call fails. */
  readonly idleTimeoutMs: number;
};

export type S3ConnectionOptions = {
  readonly bucket: string;
  /** Absent: the SDK's own sources, such as AWS_REGION. */
  readonly region?: string | undefined;
  /** Absent: AWS, or what AWS_ENDPOINT_URL_S3 says. */
  readonly endpoint?: string | undefined;
  readonly forcePathStyle: boolean;
  /** Absent: the SDK's own chain of sources, which also renews them. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** How long connecting may take; 3,000 when absent. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long the store may stay silent; 12,000 when absent. */
  readonly idleTimeoutMs?: number | undefined;
  /** How many calls for accounts there may be at once; as many as there are sockets when absent. */
  readonly callShares?: SharesOptions | undefined;
};

const MAX_SOCKETS = 64;
const MAX_KEEPING_SOCKETS = 16;
/** The sockets that parts leave. */
const CALL_SHARES = {
  max: MAX_SOCKETS - MAX_PARTS_IN_FLIGHT,
  maxPerAccount: 40,
  waitMs: 10_000,
  maxWaitingPerAccount: 1_000,
  full: 'too many contents are being stored',
};
/** As many as contents are read at once: none waits for a socket that a slow reader holds. */
const MAX_READING_SOCKETS = 256;
const MAX_PROBING_SOCKETS = 4;
/** One call and one retry: with the time limits and the clean-up this ends a call to a silent store within 30 s. */
const MAX_ATTEMPTS = 2;

/** Creates the clients; nothing is connected yet. The SDK is loaded here, so that only those who use it pay for it. */
export async function createS3Connection(options: S3ConnectionOptions): Promise<S3Connection> {
  const { bucket, region, endpoint, forcePathStyle, credentials } = options;
  const { connectTimeoutMs = 3_000, idleTimeoutMs = 12_000 } = options;
  const sdk = await import('@aws-sdk/client-s3');

  const config: S3ClientConfig = {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
    forcePathStyle,
    maxAttempts: MAX_ATTEMPTS,
    // Checksums in trailers need aws-chunked, which other vendors refuse; the signature covers the body's sha256 anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The SDK opens a new connection for each request that expects 100-continue.
    expectContinueHeader: false,
  };
  const agents = (maxSockets: number) => ({ httpAgent: { maxSockets }, httpsAgent: { maxSockets } });
  const connectionTimeout = connectTimeoutMs;
  const limits = { connectionTimeout, socketTimeout: idleTimeoutMs };
  const readingLimits = {
    connectionTimeout,
    requestTimeout: idleTimeoutMs,
    throwOnRequestTimeout: true,
    socketTimeout: 0,
  };
  return {
    bucket,
    client: new sdk.S3({ ...config, requestHandler: { ...agents(MAX_KEEPING_SOCKETS), ...limits } }),
    writer: new sdk.S3({ ...config, requestHandler: { ...agents(MAX_SOCKETS), ...limits } }),
    calls: createShares(options.callShares ?? CALL_SHARES),
    reader: new sdk.S3({ ...config, requestHandler: { ...agents(MAX_READING_SOCKETS), ...readingLimits } }),
    prober: new sdk.S3({ ...config, requestHandler: { ...agents(MAX_PROBING_SOCKETS), ...limits } }),
    idleTimeoutMs,
  };
}

/** The name that S3, the SDK or the system gave an error, or an empty string. */
export function errorName(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  if ('Code' in thrown && typeof thrown.Code === 'string') return thrown.Code;
  return thrown.name;
}

/**
 * The ETag of an answer that acknowledges bytes. Every S3 gives one; whatever stands in front of it, and answers 200 with
 * a page of its own, does not.
 * @throws Error when there is none: nothing says that the store has the bytes
 */
export function requireETag({ ETag }: { readonly ETag?: string | undefined }): string {
  if (ETag === undefined || ETag === '') {
    throw new Error('the answer has no ETag; check that AWS_ENDPOINT_URL_S3 is an S3 store');
  }
  return ETag;
}

/** The HTTP status that S3 answered with, or null when there was no answer. */
export function answeredStatus(thrown: unknown): number | null {
  const metadata = thrown instanceof Error && '$metadata' in thrown ? thrown.$metadata : null;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

/** Runs a call for an account at `writer` in its turn. @throws GatewayError `overloaded` when that did not come in time */
export async function inTurn<Value>(
  { calls }: S3Connection,
  { accountId, signal }: { readonly accountId: string; readonly signal: AbortSignal },
  call: () => Promise<Value>,
): Promise<Value> {
  const leave = await calls.enter(accountId, { signal });
  return await call().finally(leave);
}

/** Frees its connections. */
export function closeConnection({ client, writer, reader, prober }: S3Connection): void {
  for (const each of [client, writer, reader, prober]) each.destroy();
}
