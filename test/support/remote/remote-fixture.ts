// What the tests of remote content share: an opener with small limits, a resolver of their own and ways to read.

import type { RemoteContent } from '../../../src/domain/content/remote-opener.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { createRemoteOpener, type RemoteAccess } from '../../../src/remote/opener.ts';
import {
  type BlockedTarget,
  DEFAULT_REMOTE_LIMITS,
  type Lookup,
  type RemoteLimits,
  type RemoteOptions,
} from '../../../src/remote/options.ts';

export type RemoteFixture = AsyncDisposable & {
  readonly access: RemoteAccess;
  readonly blocked: readonly BlockedTarget[];
  /** Names that the resolver was asked for, in order. */
  readonly lookups: readonly string[];
  open(uri: string, options?: { accountId?: string; signal?: AbortSignal }): Promise<RemoteContent>;
};

export type RemoteFixtureOptions = Partial<Omit<RemoteOptions, 'limits' | 'lookup' | 'onBlocked'>> & {
  readonly limits?: Partial<RemoteLimits>;
  /** Addresses of each name; a name that is not here does not exist. */
  readonly names?: { readonly [name: string]: readonly string[] };
  readonly lookup?: Lookup;
};

export function openRemoteFixture(options: RemoteFixtureOptions = {}): RemoteFixture {
  const blocked: BlockedTarget[] = [];
  const lookups: string[] = [];
  const lookup: Lookup = async (name) => {
    lookups.push(name);
    if (options.lookup !== undefined) return options.lookup(name);
    const addresses = options.names?.[name];
    if (addresses === undefined) throw Object.assign(new Error(`no such name: ${name}`), { code: 'ENOTFOUND' });
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  const access = createRemoteOpener({
    allowHosts: [],
    sourceBuckets: [],
    s3: {},
    gcsEmulatorHost: null,
    azureConnectionString: null,
    ...options,
    limits: { ...DEFAULT_REMOTE_LIMITS, refusalStepMs: 1, resumeDelayMs: 1, ...options.limits },
    lookup,
    onBlocked: (target) => blocked.push(target),
  });
  return {
    access,
    blocked,
    lookups,
    open: (uri, { accountId = 'acme', signal = new AbortController().signal } = {}) =>
      access.open(uri, { accountId, signal }),
    [Symbol.asyncDispose]: () => access.close(),
  };
}

/** All bytes of a small content. */
export async function readAll(content: RemoteContent): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content.bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The refusal of opening or reading, as `code: sentence`; a content that comes through is reported as such. */
export async function toRefusal(opening: Promise<RemoteContent>): Promise<string> {
  try {
    const bytes = await readAll(await opening);
    return `let through ${bytes.length} bytes`;
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code}: ${error.message}`;
    throw error;
  }
}
