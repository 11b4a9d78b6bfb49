// What the metadata of tus says of the resource that an upload is to end in. Clients put whatever they have in it: keys
// that mean nothing here are left alone.
import { fromTextFields } from '../schema/upload-text.ts';

/** What people send beside it, and we keep for them without a use of our own. */
const CUSTOMARY: ReadonlySet<string> = new Set(['filename', 'filetype', 'type', 'relativePath']);

/**
 * The input that metadata amounts to.
 * @param takeUnknown told of every key that means nothing
 * @throws GatewayError `invalid_input`
 */
export function fromTusMetadata(values: ReadonlyMap<string, string>, takeUnknown: (key: string) => void) {
  const content = { filename: values.get('filename'), mimeType: values.get('filetype') };
  return fromTextFields(values, content, (key) => {
    if (!CUSTOMARY.has(key)) takeUnknown(key);
  });
}
