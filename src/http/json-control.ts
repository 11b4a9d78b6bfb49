// Finds the control characters that JSON forbids inside strings (RFC 8259, section 7); it judges no other byte.

/** The index of the first byte below 0x20, or -1. Reads four bytes at a step: every byte of a content passes here. */
export function findControl(bytes: Uint8Array): number {
  const { byteOffset, length } = bytes;
  if (length < 32) return findFrom(bytes, 0, length);
  const start = -byteOffset & 3;
  const words = new Uint32Array(bytes.buffer, byteOffset + start, (length - start) >> 2);
  const count = words.length;
  // A word minus 0x20 in each byte borrows into a top bit that was clear only when some byte was below 0x20.
  let borrowed = 0;
  let at = 0;
  for (; at + 4 <= count; at += 4) {
    const a = words[at] as number;
    const b = words[at + 1] as number;
    const c = words[at + 2] as number;
    const d = words[at + 3] as number;
    borrowed |= ((a - 0x20202020) & ~a) | ((b - 0x20202020) & ~b) | ((c - 0x20202020) & ~c) | ((d - 0x20202020) & ~d);
  }
  const end = start + at * 4;
  return (borrowed & 0x80808080) !== 0 ? findFrom(bytes, 0, length) : findEnds(bytes, start, end);
}

function findEnds(bytes: Uint8Array, start: number, end: number): number {
  const first = findFrom(bytes, 0, start);
  return first === -1 ? findFrom(bytes, end, bytes.length) : first;
}

function findFrom(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if ((bytes[at] as number) < 0x20) return at;
  return -1;
}
