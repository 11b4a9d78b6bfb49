// How a stored file is handed to whoever downloads it: its type, its name, saved or shown. It refuses to have anything
// shown that a browser could run.
import { ESSENCE_PATTERN, UNKNOWN_MIME_TYPE } from '../content/mime-type.ts';

/** What a browser is told to do with a content: save it, or show it. */
export const DISPOSITIONS = ['attachment', 'inline'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export type Presentation = {
  /** The stored type, or a harmless one when the stored cannot stand in a header. */
  readonly contentType: string;
  /** RFC 6266, with the name as ASCII and, where that is not the same, as UTF-8 (RFC 8187). */
  readonly contentDisposition: string;
};

/** Types that run nothing when they are opened as a page of their own. Not SVG, HTML or XML: they hold scripts. */
const SHOWN_TYPES = new Set([
  'application/pdf',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain',
]);
const SHOWN_FAMILIES = /^(?:audio|video)\//;

const HEADER_SAFE_TYPE = new RegExp(`^${ESSENCE_PATTERN}(?:[ \\t]*;[\\x20-\\x7e\\t]*)?$`);

/** How to present a file; `wanted` is followed only where it is safe. */
export function presentFile(file: { name: string; mimeType: string }, wanted: Disposition): Presentation {
  const contentType = HEADER_SAFE_TYPE.test(file.mimeType) ? file.mimeType : UNKNOWN_MIME_TYPE;
  const disposition = wanted === 'inline' && isShown(contentType) ? 'inline' : 'attachment';
  return { contentType, contentDisposition: `${disposition}; ${toFileName(file.name)}` };
}

function isShown(contentType: string): boolean {
  const essence = (contentType.split(';', 1)[0] as string).trim().toLowerCase();
  return SHOWN_TYPES.has(essence) || SHOWN_FAMILIES.test(essence);
}

/** Old clients read `filename` alone, and some of them decode "%" in it; so only what nobody misreads stays in it. */
function toFileName(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\%]/g, '_');
  return plain === name ? `filename="${plain}"` : `filename="${plain}"; filename*=UTF-8''${encodeExtended(name)}`;
}

/** RFC 8187, section 3.2.1: everything but attr-char is percent-encoded. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
