// A content out of the store, or out of memory while the store says that nothing has touched it.
import type { BlobStore } from '../content/blob-store.ts';
import { type ByteRange, type ByteStream, type CallOptions, WholeBytes } from '../flow/stream.ts';
import { type Expected, intact, requireIntact } from './intact.ts';
import type { LentBytes, ProvedContents } from './proved-contents.ts';

type Wanted = {
  readonly key: string;
  readonly range: ByteRange | null;
  readonly expected: Expected & { readonly onOther: (actualSha256: string) => void };
  /** Called when nothing is read any more; harmless when repeated. */
  readonly leave: () => void;
};

type From = CallOptions & { readonly blobs: BlobStore; readonly downloads: { readonly proved: ProvedContents } };

/** The stream of `Download.open`. When it rejects, leaving is up to the caller. */
export async function openStored(wanted: Wanted, { blobs, downloads, signal }: From): Promise<ByteStream> {
  const { key, range, expected, leave } = wanted;
  const { proved } = downloads;
  const stamp = await blobs.stamp(key, { signal });
  const known = stamp === null ? null : proved.find(key, stamp);
  const lent = known?.borrow() ?? null;
  if (lent !== null) return lend(lent, { range, leave, signal });

  const isWhole = expected.sha256 !== null;
  const reserved = (isWhole && known?.reserve(expected.sizeBytes)) || null;
  const onEnd = () => {
    reserved?.giveUp();
    leave();
  };
  signal.addEventListener('abort', onEnd, { once: true });
  const checked = {
    ...expected,
    // What stays in memory is proved in memory.
    sha256: known === null || reserved !== null ? expected.sha256 : null,
    copy: reserved?.buffer ?? null,
    onIntact() {
      if (stamp !== null) proved.prove(key, stamp);
      reserved?.keep();
    },
  };
  try {
    const bytes = await blobs.read(key, { range, signal });
    if (!(bytes instanceof WholeBytes)) return intact(bytes, { ...checked, onEnd });
    leave();
    return requireIntact(bytes.bytes, checked);
  } catch (thrown) {
    reserved?.giveUp();
    throw thrown;
  }
}

type Lending = CallOptions & Pick<Wanted, 'range' | 'leave'>;

/** Its reader has it until it has been sent, however slowly: it counts until then. */
function lend({ bytes, giveBack }: LentBytes, { range, leave, signal }: Lending): ByteStream {
  const end = () => {
    giveBack();
    leave();
  };
  signal.addEventListener('abort', end, { once: true });
  async function* give(): ByteStream {
    try {
      yield range === null ? bytes : bytes.subarray(range.start, range.end + 1);
    } finally {
      end();
    }
  }
  return give();
}
