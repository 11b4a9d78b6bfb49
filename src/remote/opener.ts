// Opens any URI that a user may name, and none that an attacker would. Every outgoing fetch of content begins here; it
// refuses before it connects, and holds neither a body nor a credential longer than one fetch.

import { createShares, type SharesState } from '../domain/caller/shares.ts';
import type { RemoteContent, RemoteOpener } from '../domain/content/remote-opener.ts';
import { invalidInput } from '../domain/errors.ts';
import { requireStorableText } from '../domain/fields/text.ts';
import type { ExternalStorageType } from '../domain/resource.ts';
import { parseAzureConnection } from './cloud/azure-connection.ts';
import { createAzureOpener } from './cloud/azure-object.ts';
import { type CloudObject, parseAzureUrl, parseCloudUri, toExternalId } from './cloud/cloud-uri.ts';
import { createGcsOpener } from './cloud/gcs-object.ts';
import { createS3Objects } from './cloud/s3-object.ts';
import { requireSourceBucket } from './cloud/source-buckets.ts';
import { remoteFailed, toRemoteFailure } from './failures.ts';
import { createAddressPolicy } from './guard/address-policy.ts';
import { MAX_URI_CHARACTERS, parseAllowedHosts, parseFetchUrl } from './guard/fetch-policy.ts';
import { type OpenedObject, readBody } from './http/body-reader.ts';
import { openHttp } from './http/open-http.ts';
import { openFetchLease } from './lease.ts';
import type { RemoteOptions } from './options.ts';
import { toOriginalUri } from './original-uri.ts';

export type RemoteAccess = {
  /** See `RemoteOpener`. Beyond `maxConcurrent` fetches wait up to `slotTimeoutMs`; the body holds the slot to its end. */
  readonly open: RemoteOpener;
  /** What is taken of `maxConcurrent`. */
  slots(): SharesState;
  /** Ends every running fetch and frees connections. */
  close(): Promise<void>;
};

const MAX_WAITING_PER_ACCOUNT = 1_000;

/** How a URI that was found good is opened; the parsing has thrown whatever is wrong with it. */
type Plan = {
  readonly kind: ExternalStorageType | null;
  readonly object: CloudObject | null;
  readonly originalUri: string;
  readonly open: (signal: AbortSignal) => Promise<OpenedObject>;
};

/**
 * Access to remote content; connects to nothing yet.
 * @throws TypeError when an allowed host or the Azure connection string is malformed
 */
export function createRemoteOpener(options: RemoteOptions): RemoteAccess {
  const { limits, lookup, onBlocked, sourceBuckets } = options;
  const allowHosts = parseAllowedHosts(options.allowHosts);
  const judge = { isGlobalUnicast: createAddressPolicy(), allowHosts, lookup, limits, onBlocked };
  const connection =
    options.azureConnectionString === null ? null : parseAzureConnection(options.azureConnectionString);
  const slots = createShares({
    max: limits.maxConcurrent,
    maxPerAccount: limits.maxConcurrentPerAccount,
    waitMs: limits.slotTimeoutMs,
    maxWaitingPerAccount: MAX_WAITING_PER_ACCOUNT,
    full: 'too many remote fetches are running',
  });
  const s3Objects = createS3Objects(options.s3, limits);
  const openGcs = createGcsOpener(options.gcsEmulatorHost);
  const openAzure = createAzureOpener(connection);
  const closing = new AbortController();

  async function openPlain(url: URL, signal: AbortSignal): Promise<OpenedObject> {
    const opened = await openHttp(url, { judge, limits, signal, authorize: null });
    const version = opened.headers['x-ms-version-id'];
    return { ...opened, versionRead: typeof version === 'string' ? version : null };
  }

  function planObject(object: CloudObject, originalUri: string): Plan {
    requireSourceBucket(object, sourceBuckets);
    const open = (signal: AbortSignal): Promise<OpenedObject> => {
      if (object.kind === 's3') return s3Objects.open(object, { signal });
      if (object.kind === 'gcs') return openGcs(object, { judge, limits, signal });
      return openAzure(object, { judge, limits, signal });
    };
    return { kind: object.kind, object, originalUri, open };
  }

  function plan(uri: string): Plan {
    if (uri.length > MAX_URI_CHARACTERS) {
      throw invalidInput('uri', `must not be longer than ${MAX_URI_CHARACTERS} characters`);
    }
    requireStorableText('uri', uri);
    const object = parseCloudUri(uri);
    if (object !== null) return planObject(object, uri);
    const url = parseFetchUrl(uri, allowHosts);
    const originalUri = toOriginalUri(uri);
    const blob = parseAzureUrl(url);
    // With a signature of the caller's own it is a fetch like any other, and none of our credentials is near it.
    if (blob !== null && !blob.hasSas) return planObject(blob, originalUri);
    return { kind: blob?.kind ?? null, object: blob, originalUri, open: (signal) => openPlain(url, signal) };
  }

  return {
    async open(uri, { accountId, signal }): Promise<RemoteContent> {
      const planned = plan(uri);
      const signals = [signal, closing.signal];
      const release = await slots.enter(accountId, { signal: AbortSignal.any(signals) });
      const lease = openFetchLease({
        signals,
        release,
        totalTimeoutMs: limits.totalTimeoutMs,
        onTimeout: () => remoteFailed(`the remote took longer than ${Math.ceil(limits.totalTimeoutMs / 1000)} seconds`),
      });
      try {
        const opened = await planned.open(lease.signal);
        lease.signal.throwIfAborted();
        return {
          bytes: readBody(opened, { lease, limits }),
          declaredMimeType: opened.declaredMimeType,
          originalUri: planned.originalUri,
          externalStorageType: planned.kind,
          externalId: planned.object === null ? null : toExternalId(planned.object, opened.versionRead),
        };
      } catch (error) {
        const failure = lease.signal.aborted ? lease.signal.reason : toRemoteFailure(error);
        lease.end();
        throw failure;
      }
    },
    slots: slots.state,
    async close() {
      closing.abort(remoteFailed('the gateway is stopping; try again'));
      await s3Objects.close();
    },
  };
}
