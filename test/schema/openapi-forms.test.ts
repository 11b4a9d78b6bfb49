// Forms as the OpenAPI document describes them, judged by a validator of JSON Schema: fields are text, and lists repeat
// where the document's encoding says so. Prism reads a form in this way.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOpenApiDocument } from '../../src/schema/openapi/document.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const document = createOpenApiDocument();
const content = document.paths['/v1/resources']?.post?.requestBody?.content['multipart/form-data'];
const ajv = new Ajv2020({
  strict: false,
  formats: { binary: true, uri: true, int64: true, 'date-time': true, uuid: true },
});
ajv.addSchema(document, 'openapi');
const isValid = ajv.compile({ $ref: `openapi${content?.schema?.$ref}` });

function toValue(form: FormData): { [name: string]: string | string[] } {
  const value: { [name: string]: string | string[] } = {};
  for (const name of new Set(form.keys())) {
    const texts = form.getAll(name).map((part) => (typeof part === 'string' ? part : '(bytes)'));
    value[name] = content?.encoding?.[name]?.explode === true ? texts : (texts.at(-1) ?? '');
  }
  return value;
}

type Fields = readonly (readonly [name: string, value: string | Blob])[];
function toForm(fields: Fields): FormData {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  return form;
}

const FILE = ['file', new Blob(['form'], { type: 'text/plain' })] as const;
const PLACE = ['directory_path', '/forms'] as const;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

test.each<{ says: string; fields: Fields; status: number }>([
  { says: 'a file and its place', fields: [['name', 'a'], PLACE, FILE], status: 200 },
  { says: 'one tag', fields: [['name', 'b'], PLACE, ['tags', 'x'], FILE], status: 200 },
  { says: 'two tags', fields: [['name', 'c'], PLACE, ['tags', 'x'], ['tags', 'y'], FILE], status: 200 },
  { says: 'metadata as text', fields: [['name', 'd'], PLACE, ['metadata', '{"a":[1]}'], FILE], status: 200 },
  { says: 'content as a data URI', fields: [['name', 'e'], PLACE, ['content', 'data:;base64,QQ==']], status: 200 },
  { says: 'no place', fields: [['name', 'f'], FILE], status: 400 },
])('a form with $says is judged alike by the document and by the gateway', async ({ fields, status }) => {
  const form = toForm(fields);
  expect([isValid(toValue(form)), isValid.errors]).toEqual(status === 200 ? [true, null] : [false, expect.anything()]);
  const headers = { authorization: `Bearer ${await gateway.token()}` };
  const answer = await fetch(`${gateway.url}/v1/resources`, { method: 'POST', headers, body: form });
  expect(answer.status).toBe(status);
});
