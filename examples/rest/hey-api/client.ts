// Somebody else's program over REST: what hey-api made of /openapi.json, and nothing of ours.
import { client } from './generated/client/client.gen.js';
import { createResource } from './generated/client/index.js';

declare const process: { argv: string[] };
const [, , baseUrl = '', token = ''] = process.argv;
client.setConfig({ baseUrl, auth: () => token });
const tell = (...values: unknown[]) => console.log(JSON.stringify(values));

const send = (key: string) =>
  createResource({
    body: {
      directory_path: '/forms',
      tags: ['sent', 'twice'],
      metadata: '{"a":1}',
      file: new File(['form'], 'f.txt', { type: 'text/plain' }),
    },
    headers: { 'Idempotency-Key': key },
  });

const first = await send('a-key');
if (first.data === undefined) throw new Error(first.error?.error);
const { id, name, mime_type, size_bytes, tags, metadata } = first.data;
tell('uploaded', name, mime_type, size_bytes, tags, metadata);

const second = await send('a-key');
tell('replayed', second.data?.id === id, second.response?.headers.get('idempotency-replayed'));

const third = await send('another-key');
tell('refused', third.response?.status, third.error?.error?.includes('already exists'));
