// What a form's fields amount to: the same value that the same input in JSON has.
import { z } from 'zod';
import { invalidInput, malformedRequest } from '../domain/errors.ts';
import type { JsonObject } from '../domain/fields/labels.ts';
import { restCreateResourceInput } from './create-resource.ts';

/** REST's create as a form, as it is documented. What it amounts to is judged like the same input in JSON. */
export const restCreateForm = z.object({
  ...restCreateResourceInput.shape,
  name: restCreateResourceInput.shape.name
    .optional()
    .describe('Name of the resource: 1–255 characters, no "/"; absent: the file name that its part names'),
  file: z.string().optional().meta({
    format: 'binary',
    description: 'The file itself, as a part of its own. Exactly one of file, content and uri is given',
  }),
  metadata: z.string().optional().meta({
    contentMediaType: 'application/json',
    description: 'Any JSON object, as text; it comes back exactly as sent',
  }),
});

/** What a form of a create means. */
export const createForm = { toValue: fromCreateForm, jsonFields: new Set(['metadata', 'tags']) };

/** A form as it arrived; `placeholder` stands for a file's content. */
export type FormInput = {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly { readonly fileName: string | null; readonly placeholder: string }[];
};

/**
 * A create's input from a form: one file, whose name serves as default; `tags` repeated or one JSON array; `metadata` as
 * JSON; everything else as it is.
 * @throws GatewayError `invalid_input`, `malformed_request`
 */
function fromCreateForm({ fields, files }: FormInput): { [key: string]: unknown } {
  const input = new Map<string, unknown>();
  const tags: string[] = [];
  for (const [name, value] of fields) {
    if (name === 'tags') tags.push(value);
    else if (input.has(name)) throw invalidInput(name, 'must be given once');
    else input.set(name, name === 'metadata' ? parseJsonField<JsonObject>('metadata', value) : value);
  }
  const [only] = tags;
  if (only !== undefined)
    input.set('tags', tags.length === 1 && only.startsWith('[') ? parseJsonField('tags', only) : tags);
  const [file, second] = files;
  if (second !== undefined) throw malformedRequest('send one file in a form');
  if (file !== undefined) {
    if (input.has('content')) throw invalidInput('content', 'and a file exclude each other; send one');
    input.set('content', file.placeholder);
    if (!input.has('name') && file.fileName !== null) input.set('name', requireUtf8(file.fileName));
  }
  return Object.fromEntries(input);
}

/** The form's parser puts U+FFFD in the place of bytes that are no UTF-8, and no file should be found under that. */
function requireUtf8(fileName: string): string {
  if (!fileName.includes('\ufffd')) return fileName;
  throw invalidInput('name', 'must be given, or the name of the file be sent in UTF-8 (RFC 7578)');
}

/** JSON as the text of a field. @throws GatewayError `invalid_input` */
export function parseJsonField<Value>(field: string, text: string): Value {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidInput(field, 'must be valid JSON');
  }
}
