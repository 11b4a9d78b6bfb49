// The grammar of a JSON number (RFC 8259, section 6) byte by byte; it computes no value.

const ZERO = 0x30;
const NINE = 0x39;

/** How far a number has come. Those from `zero` on may end here. */
export const NUMBER = { minus: 0, dot: 1, e: 2, sign: 3, zero: 4, integer: 5, fraction: 6, exponent: 7 } as const;

/** Whether a number may end in `state`. */
export function isWholeNumber(state: number): boolean {
  return state >= NUMBER.zero;
}

/** The state that a number's first byte puts it in, or -1 when no number begins with it. */
export function startNumber(byte: number): number {
  if (byte === 0x2d) return NUMBER.minus;
  if (byte === ZERO) return NUMBER.zero;
  return byte > ZERO && byte <= NINE ? NUMBER.integer : -1;
}

/** The state after one more byte, or -1 when the byte is not part of the number. */
export function continueNumber(state: number, byte: number): number {
  if (byte >= ZERO && byte <= NINE) {
    if (state === NUMBER.integer || state === NUMBER.fraction || state === NUMBER.exponent) return state;
    if (state === NUMBER.minus) return startNumber(byte);
    if (state === NUMBER.dot) return NUMBER.fraction;
    return state === NUMBER.zero ? -1 : NUMBER.exponent;
  }
  if (byte === 0x2e) return state === NUMBER.zero || state === NUMBER.integer ? NUMBER.dot : -1;
  if (byte === 0x65 || byte === 0x45) {
    return state === NUMBER.zero || state === NUMBER.integer || state === NUMBER.fraction ? NUMBER.e : -1;
  }
  return (byte === 0x2b || byte === 0x2d) && state === NUMBER.e ? NUMBER.sign : -1;
}
