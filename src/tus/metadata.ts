// What the metadata of tus says of the resource that an upload is to end in. Clients put whatever they have in it: keys
// that mean nothing here are left alone.
import type { CreateUploadInput } from '../domain/uploads/create-upload.ts';
import { parseJsonField } from '../schema/create-form.ts';
import { parseRestInput } from '../schema/parse-input.ts';
import { toRestNames } from '../schema/spelling.ts';
import { intendedResourceInput } from '../schema/upload.ts';

/** What people send beside it, and we keep for them without a use of our own. */
const CUSTOMARY: ReadonlySet<string> = new Set(['filename', 'filetype', 'type', 'relativePath']);

type Described = Pick<CreateUploadInput, 'resource' | 'mimeType' | 'expectedSha256'>;

/**
 * The input that metadata amounts to: with a directory it is a create, whose name is `name` or else `filename`.
 * @param takeUnknown told of every key that means nothing
 * @throws GatewayError `invalid_input`
 */
export function fromTusMetadata(values: ReadonlyMap<string, string>, takeUnknown: (key: string) => void): Described {
  const mimeType = values.get('filetype');
  const expectedSha256 = values.get('expected_sha256');
  const isCreate = values.has('directory_path');
  const names = toRestNames(intendedResourceInput);
  for (const key of values.keys()) {
    const isUsed = names.has(key) && (isCreate || key === 'name' || key === 'expected_sha256');
    if (!isUsed && !CUSTOMARY.has(key)) takeUnknown(key);
  }
  if (!isCreate) return { mimeType, expectedSha256 };
  const fields = [...values].filter(([key]) => names.has(key)).map(([key, value]) => [key, toValue(key, value)]);
  const filename = values.get('filename');
  const named = values.has('name') || filename === undefined ? fields : [...fields, ['name', filename]];
  return { mimeType, resource: parseRestInput(intendedResourceInput, Object.fromEntries(named)) };
}

/** Everything in it is text, as in a form. */
function toValue(key: string, text: string): unknown {
  if (key === 'metadata') return parseJsonField(key, text);
  if (key === 'tags') return text.startsWith('[') ? parseJsonField(key, text) : [text];
  return text;
}
