// Somebody else's program over REST, typed by nothing but what /openapi.json says.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

declare const process: { argv: string[] };
const [, , baseUrl = '', token = ''] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });
const tell = (...values: unknown[]) => console.log(JSON.stringify(values));

type Resource = components['schemas']['Resource'];
const types: [Resource['size_bytes'], Resource['created_by'], Resource['external_storage_type']] = [1, null, 's3'];
void types;
// @ts-expect-error a name is required
const wrong: components['schemas']['ResourceCreate'] = { directory_path: '/' };
void wrong;

function need<Data>({ data, error }: { data?: Data; error?: { error?: string } }): Data {
  if (data === undefined) throw new Error(error?.error ?? 'no answer');
  return data;
}

/** A list is a part for each of its items. */
function toForm(fields: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(name, one);
  return form;
}

const body = {
  name: 'a.txt',
  directory_path: '/client',
  content: 'data:text/plain;base64,SGVsbG8=',
  tags: ['new'],
  metadata: { from: 'client' },
};
const created = need(await client.POST('/v1/resources', { body }));
tell('created', created.name, created.size_bytes, created.tags);

const read = need(await client.GET('/v1/resources/{id}', { params: { path: { id: created.id } } }));
tell('read', read.sha256 === created.sha256);

const send = () =>
  client.POST('/v1/resources', {
    body: { directory_path: '/forms', tags: ['sent'], metadata: '{"a":1}', file: new File(['form'], 'f.txt') },
    params: { header: { 'Idempotency-Key': 'a-key' } },
    bodySerializer: toForm,
  });
const [first, second] = [await send(), await send()];
const uploaded = need(first);
tell('uploaded', uploaded.name, uploaded.size_bytes, uploaded.tags, uploaded.metadata);
tell('replayed', need(second).id === uploaded.id, second.response.headers.get('idempotency-replayed'));
need(await client.DELETE('/v1/resources/{id}', { params: { path: { id: uploaded.id } } }));

const query = { directory_path: '/', recursive: true, tags_all: ['new'], metadata: '{"from":"client"}', limit: 1 };
const page = need(await client.GET('/v1/resources', { params: { query } }));
tell(
  'listed',
  page.items.map(({ name }) => name),
  page.next_cursor,
);

const { error, response } = await client.POST('/v1/resources', { body });
tell('refused', response.status, error?.error?.includes('already exists'));

const path = { id: created.id };
const renamed = need(await client.PATCH('/v1/resources/{id}', { params: { path }, body: { name: 'b.txt' } }));
tell('renamed', renamed.name, renamed.id === created.id);

const part = await client.GET('/v1/resources/{id}/content', {
  params: { path, header: { Range: 'bytes=1-3' } },
  parseAs: 'text',
});
tell('downloaded', part.response.status, part.data);

const link = need(await client.GET('/v1/resources/{id}/download-url', { params: { path } }));
tell('linked', await (await fetch(link.url)).text());

const moved = need(await client.POST('/v1/directories/move', { body: { from: '/client', to: '/archive' } }));
tell('moved', moved);

tell('deleted', need(await client.DELETE('/v1/resources/{id}', { params: { path } })));
tell('deleted again', need(await client.DELETE('/v1/resources/{id}', { params: { path } })));
