// A content's type: as declared when that says something, else as the bytes and the name show.
import type { MimeTypeDetector } from './ports.ts';
import type { StagedContent } from './staging.ts';

export const UNKNOWN_MIME_TYPE = 'application/octet-stream';

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
  const essence = declared?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (declared !== null && essence !== '' && !GENERIC.has(essence)) return declared;
  return (await detect({ head: content.head, name })) ?? UNKNOWN_MIME_TYPE;
}
