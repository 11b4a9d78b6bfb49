// A GraphQL multipart request as the value that the same request in JSON has, with a stand-in for each file.

import type { StreamedContent } from '../../domain/content/staging.ts';
import { invalidInput, malformedRequest } from '../../domain/errors.ts';
import type { Form } from '../../http/body/form-body.ts';
import { parseSmallJson } from '../../http/json/read-json.ts';

type Node = { [key: string]: unknown };

/** What a multipart request means. */
export const uploadForm = { toValue: fromUploadForm, jsonFields: new Set(['operations', 'map']) };

const LIMITS = { maxDepth: 256, maxKeys: 10_000 };

/**
 * The parameters of a form as the GraphQL multipart request specification has it: `operations`, `map`, files.
 * @throws GatewayError `malformed_request`
 */
function fromUploadForm({ fields, files }: Form): unknown {
  const named = new Map(fields);
  const operations = parseObject('operations', named.get('operations'));
  const map = parseObject('map', named.get('map'));
  for (const { fieldName, placeholder } of files) {
    const paths = map[fieldName];
    if (!Array.isArray(paths) || paths.length === 0)
      throw malformedRequest(`map must say where the file ${fieldName} goes`);
    for (const path of paths) place(operations, { path: String(path), placeholder });
  }
  return operations;
}

/**
 * A create's input with a file in the place of content.
 * @throws GatewayError `invalid_input`
 */
export function withUpload<Input extends { file?: string | null | undefined; content?: string | null | undefined }>(
  { file, ...input }: Input,
  streamed: StreamedContent,
) {
  if (file === undefined || file === null) return input;
  if (input.content !== undefined && input.content !== null)
    throw invalidInput('content', 'and file exclude each other; send one');
  if (!streamed.has(file)) throw invalidInput('file', 'must be a file of a multipart request');
  return { ...input, content: file };
}

/** Only below `variables`, and only where the client left a null. */
function place(operations: Node, { path, placeholder }: { path: string; placeholder: string }): void {
  const keys = path.split('.');
  const last = keys.pop() as string;
  let node: unknown = operations;
  for (const key of keys) node = isNode(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  if (keys[0] !== 'variables' || !isNode(node) || !Object.hasOwn(node, last) || node[last] !== null) {
    throw malformedRequest(`operations must have null at ${path}, where map puts a file`);
  }
  node[last] = placeholder;
}

function parseObject(name: string, text: string | undefined): Node {
  const value = text === undefined ? null : parseSmallJson(Buffer.from(text), LIMITS);
  if (!isNode(value) || Array.isArray(value)) throw malformedRequest(`the form's field ${name} must be a JSON object`);
  return value;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
