// What can be uploaded, and by what it is known again after a reload.

/** A stream has no known length and cannot be read twice: it goes piece by piece, and does not survive a reload. */
export type UploadSource = Blob | ReadableStream<Uint8Array>;

/** What a `File` has beside a `Blob`. */
type Named = { readonly name?: string; readonly lastModified?: number };

/** The name of a file; null of what has none. */
export function nameOf(source: UploadSource): string | null {
  return (source as Named).name ?? null;
}

const SAMPLE_BYTES = 65_536;

/**
 * By what the same upload is known again: everything said of it, the file's size and time, and a digest of its first and last
 * bytes, where there is a digest to be had (browsers have one in secure contexts alone).
 */
export async function toFingerprint(blob: Blob, said: object): Promise<string> {
  const { lastModified = null } = blob as Named;
  const known = new TextEncoder().encode(JSON.stringify([said, blob.size, blob.type, lastModified]));
  const { subtle } = globalThis.crypto;
  if (subtle === undefined) return new TextDecoder().decode(known);
  const first = blob.slice(0, SAMPLE_BYTES);
  const last = blob.slice(Math.max(SAMPLE_BYTES, blob.size - SAMPLE_BYTES));
  const sample = await new Blob([known, first, last]).arrayBuffer();
  return toHex(new Uint8Array(await subtle.digest('SHA-256', sample)));
}

/** 128 bits by chance, in hex. `crypto.randomUUID` is there in secure contexts alone. */
export function createKey(): string {
  return toHex(globalThis.crypto.getRandomValues(new Uint8Array(16)));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Cuts a stream into pieces of that many bytes, the last one shorter; a piece can be sent again. */
export async function* toPieces(stream: ReadableStream<Uint8Array>, pieceBytes: number): AsyncGenerator<Blob> {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      for (let at = 0; at < value.length; ) {
        const part = value.slice(at, at + pieceBytes - held) as Uint8Array<ArrayBuffer>;
        parts.push(part);
        held += part.length;
        at += part.length;
        if (held < pieceBytes) continue;
        yield new Blob(parts);
        parts = [];
        held = 0;
      }
    }
    if (held > 0) yield new Blob(parts);
  } finally {
    await reader.cancel().catch(() => {});
  }
}
