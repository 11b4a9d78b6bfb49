// A line of curl for each operation, with made-up values in the right places.

import type { JsonSchema } from '../../schema/openapi/component-schemas.ts';
import type { OpenApiDocument, OperationObject } from '../../schema/openapi/document.ts';
import { findReferred } from './schema.ts';

type Call = { readonly method: string; readonly path: string; readonly operation: OperationObject };

/** What a field is called tells what could stand in it. */
const EXAMPLES: { readonly [name: string]: unknown } = {
  name: 'hello.txt',
  directory_path: '/docs',
  content: 'data:text/plain;base64,SGVsbG8=',
  path: '/docs',
  from: '/docs',
  to: '/archive',
  tags: ['new'],
  ids: ['01900000-0000-7000-8000-000000000000'],
};

/** The command, over several lines; `$URL`, `$TOKEN` and `$ID` are the reader's. */
export function toCurl(document: OpenApiDocument, { method, path, operation }: Call): string {
  const lines = ['-H "Authorization: Bearer $TOKEN"'];
  if (method === 'head') lines.unshift('--head');
  else if (method !== 'get' && method !== 'post') lines.unshift(`-X ${method.toUpperCase()}`);
  const body = operation.requestBody?.content['application/json']?.schema;
  if (body !== undefined) {
    lines.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(toExample(document, body))}'`);
  }
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name }) => `${name}=${encodeURIComponent(String(EXAMPLES[name] ?? '…'))}`)
    .join('&');
  const url = `$URL${path.replace('{id}', '$ID')}${query === '' ? '' : `?${query}`}`;
  return [`curl -s "${url}"`, ...lines].join(' \\\n  ');
}

/** What is required, and what shows the point; of a list, one item. */
function toExample(document: OpenApiDocument, given: JsonSchema): unknown {
  const { type, properties = {}, required = [], items } = findReferred(document, given);
  if (type === 'array') return [toExample(document, (items ?? {}) as JsonSchema)];
  if (type !== 'object') return '…';
  const shown = Object.entries(properties).filter(
    ([name]) => required.includes(name) || ['content', 'tags'].includes(name),
  );
  return Object.fromEntries(
    shown.map(([name, field]) => [name, EXAMPLES[name] ?? toExample(document, field as JsonSchema)]),
  );
}
