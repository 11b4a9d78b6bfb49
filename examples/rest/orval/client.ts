// Somebody else's program over REST: what orval made of /openapi.json, and nothing of ours.
import { createResourceWithFormData } from './generated/client.js';

declare const process: { argv: string[] };
const [, , , token = ''] = process.argv;
const tell = (...values: unknown[]) => console.log(JSON.stringify(values));

const send = (key: string) =>
  createResourceWithFormData(
    {
      directory_path: '/forms',
      tags: ['sent', 'twice'],
      metadata: '{"a":1}',
      file: new File(['form'], 'f.txt', { type: 'text/plain' }),
    },
    { headers: { authorization: `Bearer ${token}`, 'Idempotency-Key': key } },
  );

const first = await send('a-key');
if (first.status !== 200) throw new Error(first.data.error);
const { id, name, mime_type, size_bytes, tags, metadata } = first.data;
tell('uploaded', name, mime_type, size_bytes, tags, metadata);

const second = await send('a-key');
tell('replayed', second.status === 200 && second.data.id === id, second.headers.get('idempotency-replayed'));

const third = await send('another-key');
tell('refused', third.status, third.status === 409 && third.data.error?.includes('already exists'));
