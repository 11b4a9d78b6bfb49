// A content's type: as declared when that says something, else as the bytes and the name show.
import type { StagedContent } from './staging.ts';

/** The type that the first bytes of a content or, failing that, its name give away, or null. Never rejects. */
export type MimeTypeDetector = (sample: { head: Uint8Array; name: string }) => Promise<string | null>;

export const UNKNOWN_MIME_TYPE = 'application/octet-stream';

/** The characters of a token (RFC 9110, section 5.6.2), but for the asterisk, which filters read as any subtype. */
export const TOKEN_CHARACTERS = "A-Za-z0-9!#$%&'+.^_`|~-";
const TOKEN = `[*${TOKEN_CHARACTERS}]+`;
/** A type without its parameters. */
export const ESSENCE_PATTERN = `${TOKEN}/${TOKEN}`;
/** `type/subtype` and parameters (RFC 9110, section 8.3.1), without blanks, as a data URI has them. */
export const MIME_TYPE_PATTERN = `${ESSENCE_PATTERN}(?:;${TOKEN}=(?:${TOKEN}|"[^"\\\\\\p{Cc}]*"))*`;
/** What a data URI may have in front of its content; the blanks around semicolons are looked for in no more. */
const MAX_MIME_TYPE_CHARACTERS = 1024;
const WHOLE = new RegExp(`^${MIME_TYPE_PATTERN}$`, 'u');

/** Whether `text` has the form of a MIME type. */
export function isMimeType(text: string): boolean {
  return text.length <= MAX_MIME_TYPE_CHARACTERS && WHOLE.test(text.replace(/\s*;\s*/g, ';'));
}

const GENERIC = new Set([
  UNKNOWN_MIME_TYPE,
  'binary/octet-stream',
  'application/unknown',
  'application/x-binary',
  'unknown/unknown',
]);

/** The type of a content that will be stored as `name`. Never rejects. */
export async function resolveMimeType(
  content: Pick<StagedContent, 'declaredMimeType' | 'head'>,
  { name, detect }: { name: string; detect: MimeTypeDetector },
): Promise<string> {
  const declared = content.declaredMimeType;
  if (declared !== null && isMimeType(declared)) {
    const essence = declared.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (!GENERIC.has(essence)) return declared;
  }
  return (await detect({ head: content.head, name })) ?? UNKNOWN_MIME_TYPE;
}
