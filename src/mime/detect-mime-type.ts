// Tells a content's type from its first bytes (magic numbers) and, failing that, from its name's extension.
import mime from 'mime';
import type { MimeTypeDetector } from '../domain/content/mime-type.ts';

/** A detector over the packages `file-type` and `mime`; the former loads when it is first needed. */
export const detectMimeType: MimeTypeDetector = async ({ head, name }) => {
  const fromBytes = head.length === 0 ? undefined : await detectFromBytes(head);
  // A name without a dot has no extension; the package would take it for one.
  return fromBytes ?? (name.includes('.') ? mime.getType(name) : null);
};

async function detectFromBytes(head: Uint8Array): Promise<string | undefined> {
  try {
    const { fileTypeFromBuffer } = await import('file-type');
    return (await fileTypeFromBuffer(head))?.mime;
  } catch {
    // Some formats need more than the head to be told; their parser then throws instead of giving up.
    return undefined;
  }
}
