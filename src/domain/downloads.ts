// The downloads of the service: from an id, or from a link, to bytes; and from a resource to an address for them.

import type { Principal } from './caller/principal.ts';
import { createShares, type SharesState } from './caller/shares.ts';
import {
  createDownloadAddress,
  type Download,
  type DownloadAddress,
  type DownloadPorts,
  type DownloadTarget,
  findDownload,
  findLinkedDownload,
} from './download/download.ts';
import type { DownloadLink } from './download/download-links.ts';
import type { Disposition } from './download/presentation.ts';
import type { CallOptions } from './flow/stream.ts';

type Caller = CallOptions & { readonly principal: Principal };

export type Downloads = {
  /** The content of a resource, not opened yet. @throws GatewayError `forbidden`, `not_found` */
  content(id: string, caller: Caller): Promise<Download>;
  /** The content that a link permits to read, without a token. @throws GatewayError `forbidden`, `not_found` */
  linkedContent(link: DownloadLink, options: CallOptions): Promise<Download>;
  /** Where to fetch a resource's content for a while without a token. @throws GatewayError `forbidden`, `not_found` */
  downloadAddress(target: DownloadTarget, caller: Caller & { disposition: Disposition }): Promise<DownloadAddress>;
  /** What is taken of the contents that may be read from the store at once. */
  readSlots(): SharesState;
};

/** Contents that one process reads from its store at once, each for as long as its reader takes. */
const MAX_READS = 256;
const READ_SHARES = {
  max: MAX_READS,
  maxPerAccount: MAX_READS / 2,
  waitMs: 10_000,
  maxWaitingPerAccount: 1_000,
  full: 'too many downloads are running',
};

/** The downloads over the given ports; they own none of them. */
export function createDownloads(adapters: DownloadPorts): Downloads {
  const ports = { ...adapters, reads: createShares(READ_SHARES) };
  return {
    readSlots: ports.reads.state,
    content: (id, { principal, signal }) => findDownload(id, { ...ports, principal, signal }),
    linkedContent: (link, { signal }) => findLinkedDownload(link, { ...ports, signal }),
    downloadAddress: (target, { principal, signal, disposition }) =>
      createDownloadAddress(target, { ...ports, principal, signal, disposition }),
  };
}
