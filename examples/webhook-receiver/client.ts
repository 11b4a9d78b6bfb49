// A receiver of webhooks: it sets one up, verifies what comes with the tools of Standard Webhooks, and takes each event once.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const [, , url = '', token = ''] = process.argv;

async function call(method: string, path: string, body?: object): Promise<{ id: string; secret: string }> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  const response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { id: string; secret: string };
}

type GatewayEvent = {
  readonly type: string;
  readonly subject: string | null;
  readonly data: { readonly name: string };
};

let webhook: Webhook | null = null;
/** In a database, in the transaction that acts on the event: it may come again, with the same id. */
const seen = new Set<string>();

const receiver = createServer(async (request, response) => {
  const body = await text(request);
  try {
    // As it came: parsed and written anew, it would have another signature.
    const event = webhook?.verify(body, request.headers as Record<string, string>) as GatewayEvent;
    const id = String(request.headers['webhook-id']);
    if (!seen.has(id)) console.log(JSON.stringify([event.type, event.data.name]));
    seen.add(id);
    response.writeHead(204).end();
    if (event.type === 'resource.created') done();
  } catch {
    response.writeHead(400).end();
  }
});
let done: () => void = () => {};
const received = new Promise<void>((resolve) => {
  done = resolve;
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const { port } = receiver.address() as AddressInfo;

// A gateway reaches a private address only when URI_ALLOW_HOSTS names it.
const { id, secret } = await call('POST', '/v1/webhooks', {
  url: `http://127.0.0.1:${port}/events`,
  types: ['resource.created'],
});
webhook = new Webhook(secret);
const content = 'data:text/plain;base64,SGVsbG8=';
await call('POST', '/v1/resources', { name: 'told.txt', directory_path: '/', content });
await received;
await call('DELETE', `/v1/webhooks/${id}`);
receiver.close();
