// The escapes of JSON strings (RFC 8259, section 7), for those who meet them byte by byte; it refuses what JSON does not list.

const WRITTEN = '"\\/bfnrt';
const MEANT = '"\\/\b\f\n\r\t';

/** What `\` and this byte stand for, or -1 when it is no escape of one byte. */
export function toEscaped(byte: number): number {
  const index = WRITTEN.indexOf(String.fromCharCode(byte));
  return index === -1 ? -1 : MEANT.charCodeAt(index);
}

/** The value of a hexadecimal digit, or -1. */
export function toHexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

export const ADVICE_CONTROL = 'a control character inside a string must be written as an escape such as \\n';
export const ADVICE_ESCAPE = 'only \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits are escapes';
