// What text, of headers or of a query, says of the resource that an upload is to end in.
import { z } from 'zod';
import type { CreateUploadInput } from '../domain/uploads/create-upload.ts';
import { parseJsonField } from './create-form.ts';
import { parseRestInput } from './parse-input.ts';
import { toRestNames, toRestShape } from './spelling.ts';
import { intendedResourceInput } from './upload.ts';

type Described = Pick<CreateUploadInput, 'resource' | 'mimeType' | 'expectedSha256'>;

/** What is said of the content itself. */
type Content = { readonly filename: string | undefined; readonly mimeType: string | undefined };

/** The names in REST of what may be said of the resource. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(toRestNames(intendedResourceInput).keys());

/** A query that says it: every field as text, as in a form. */
export const restUploadQuery: z.ZodObject = z.object(
  Object.fromEntries(
    Object.entries(toRestShape(intendedResourceInput).shape).map(([name, field]) => [
      name,
      z
        .string()
        .optional()
        .describe((field as z.ZodType).description ?? ''),
    ]),
  ),
);

/**
 * The input that fields of text amount to: with a directory it is a create, whose name is `name` or else the file's.
 * @param takeUnknown told of every field that means nothing
 * @throws GatewayError `invalid_input`
 */
export function fromTextFields(
  values: ReadonlyMap<string, string>,
  { filename, mimeType }: Content,
  takeUnknown: (key: string) => void,
): Described {
  const expectedSha256 = values.get('expected_sha256');
  const isCreate = values.has('directory_path');
  for (const key of values.keys()) {
    const isUsed = TEXT_FIELDS.has(key) && (isCreate || key === 'name' || key === 'expected_sha256');
    if (!isUsed) takeUnknown(key);
  }
  if (!isCreate) return { mimeType, expectedSha256 };
  const fields = [...values].filter(([key]) => TEXT_FIELDS.has(key)).map(([key, value]) => [key, toValue(key, value)]);
  const named = values.has('name') || filename === undefined ? fields : [...fields, ['name', filename]];
  return { mimeType, resource: parseRestInput(intendedResourceInput, Object.fromEntries(named)) };
}

/** Everything in it is text, as in a form. */
function toValue(key: string, text: string): unknown {
  if (key === 'metadata') return parseJsonField(key, text);
  if (key === 'tags') return text.startsWith('[') ? parseJsonField(key, text) : [text];
  return text;
}
