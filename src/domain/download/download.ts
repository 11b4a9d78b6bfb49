// The way out: a record's bytes, whole or in part, in constant memory. A stream that ends early or late is an error.

import { type Principal, requireScope } from '../caller/principal.ts';
import type { Shares } from '../caller/shares.ts';
import { type BlobStore, INLINE_BUCKET } from '../content/blob-store.ts';
import { GatewayError } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import type { ResourceReads } from '../find/ports.ts';
import type { ByteRange, ByteStream, CallOptions } from '../flow/stream.ts';
import { isVersionNumber } from '../versions/list-versions.ts';
import type { VersionRecords } from '../versions/ports.ts';
import { countBytes } from './byte-range.ts';
import type { DownloadLink, DownloadLinks } from './download-links.ts';
import { type Damage, requireIntact } from './intact.ts';
import { openStored } from './open-stored.ts';
import type { ContentReads, StoredContent } from './ports.ts';
import { type Disposition, presentFile } from './presentation.ts';
import type { ProvedContents } from './proved-contents.ts';

/** What downloads need from the world. */
export type DownloadPorts = {
  readonly blobs: BlobStore;
  readonly repository: Pick<ContentReads, 'findContent'> &
    Pick<ResourceReads, 'findById'> &
    Pick<VersionRecords, 'findVersionContent'>;
  readonly downloads: {
    readonly links: DownloadLinks;
    readonly urlTtlSeconds: number;
    /** Which contents of the store need not be hashed again, or read. */
    readonly proved: ProvedContents;
    /** Told of each whole content that turned out to be other than what was stored. */
    readonly onDamage: (damage: Damage) => void;
  };
};

/** A content that was found and is not opened yet. */
export type Download = Omit<StoredContent, 'location' | 'inline'> & {
  /**
   * Opens the bytes of a range that `resolveRange` gave. Whoever opens them iterates them, which ends the reading; the
   * stream throws `internal` when the store has other than the promised number of bytes and, before the last of them,
   * when a whole content has another sha256; `WholeBytes` have been proved before they are given. What was proved a while
   * ago, and was not touched since as far as the store can tell, is not hashed again. Rejects with
   * `overloaded` when the account, or all together, read as much as may be read at once.
   */
  open(range: ByteRange | null, options: CallOptions): Promise<ByteStream>;
};

/** Where to fetch a content without a token, for a while. */
export type DownloadAddress = { readonly expiresAt: Date } & (
  | { readonly kind: 'store'; readonly url: string }
  | { readonly kind: 'gateway'; readonly link: DownloadLink }
);

/** Which resource's content an address is asked for. */
export type DownloadAddressInput = { readonly id: string; readonly disposition: Disposition };

/** `reads`: each account's share of what is read from the store at once. */
type Call = DownloadPorts & CallOptions & { readonly reads: Shares };

/**
 * Finds the content of one of the caller's resources.
 * @throws GatewayError `forbidden`, `not_found`
 */
export async function findDownload(id: string, call: Call & { readonly principal: Principal }): Promise<Download> {
  requireScope(call.principal, 'resources:read');
  return await find({ id, accountId: call.principal.accountId }, call);
}

/**
 * Finds the content of one version of one of the caller's resources.
 * @throws GatewayError `forbidden`, `not_found`
 */
export async function findVersionDownload(
  { id, number }: { readonly id: string; readonly number: number },
  call: Call & { readonly principal: Principal },
): Promise<Download> {
  const { principal, repository, signal } = call;
  requireScope(principal, 'resources:read');
  const version = { id, accountId: principal.accountId, number };
  const isPossible = isId(id) && isVersionNumber(number);
  const found = isPossible ? await repository.findVersionContent(version, { signal }) : null;
  if (found === null) throw new GatewayError('not_found', { id, number });
  return toDownload(found, call);
}

/**
 * Finds the content that a link permits to read.
 * @throws GatewayError `forbidden`, `not_found`
 */
export async function findLinkedDownload(link: DownloadLink, call: Call): Promise<Download> {
  call.downloads.links.requireValid(link);
  return await find(link, call);
}

/**
 * An address for the present content of one of the caller's resources: the store's own when it gives one, else a link of
 * ours. The store judges only the signature, and so nothing is signed for what has been deleted meanwhile.
 * @throws GatewayError `forbidden`, `not_found`
 */
export async function createDownloadAddress(
  { id, disposition }: DownloadAddressInput,
  call: Omit<Call, 'reads'> & { readonly principal: Principal },
): Promise<DownloadAddress> {
  const { principal, blobs, downloads, repository, signal } = call;
  const { accountId } = principal;
  requireScope(principal, 'resources:read');
  const resource = isId(id) ? await repository.findById({ accountId, id }, { signal }) : null;
  if (resource === null) throw new GatewayError('not_found', { id });
  const expiresAt = new Date(Math.floor(Date.now() / 1000 + downloads.urlTtlSeconds) * 1000);
  const url =
    resource.storageBucket === blobs.bucket
      ? await blobs.presign(resource.storageKey, {
          ...presentFile(resource, disposition),
          expiresInSeconds: downloads.urlTtlSeconds,
          signal,
        })
      : null;
  return url === null
    ? { kind: 'gateway', link: downloads.links.sign({ ...resource, expiresAt }), expiresAt }
    : { kind: 'store', url, expiresAt };
}

async function find({ id, accountId }: { id: string; accountId: string }, call: Call): Promise<Download> {
  const { repository, signal } = call;
  const found = isId(id) ? await repository.findContent({ id, accountId }, { signal }) : null;
  if (found === null) throw new GatewayError('not_found', { id });
  return toDownload(found, call);
}

function toDownload({ location, inline, ...about }: StoredContent, call: Call): Download {
  const { id, accountId, sha256 } = about;
  const onOther = (actualSha256: string): void =>
    call.downloads.onDamage({ resourceId: id, accountId, ...location, expectedSha256: sha256, actualSha256 });

  return {
    ...about,
    async open(range, options) {
      const sizeBytes = countBytes(range, about.sizeBytes);
      const expected = { sizeBytes, sha256: sizeBytes === about.sizeBytes ? sha256 : null, onOther };
      if (inline !== null) return requireIntact(slice(inline, range), { ...expected, onIntact() {}, copy: null });
      if (location.bucket !== call.blobs.bucket) throw misplaced(location.bucket);
      const leave = await call.reads.enter(accountId, options);
      // A stream that nobody begins to iterate has no end of its own.
      options.signal.addEventListener('abort', leave, { once: true });
      try {
        return await openStored({ key: location.key, range, expected, leave }, { ...call, signal: options.signal });
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}

function slice(bytes: Uint8Array, range: ByteRange | null): Uint8Array {
  return range === null ? bytes : bytes.subarray(range.start, range.end + 1);
}

function misplaced(bucket: string): GatewayError<'internal'> {
  const reason =
    bucket === INLINE_BUCKET
      ? 'an inline blob has no bytes in its row'
      : `the blob lies in ${bucket}, which is not open`;
  return new GatewayError('internal', {}, { cause: new Error(reason) });
}
