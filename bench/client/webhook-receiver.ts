// A receiver of webhooks that takes everything at once, in this process.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toQuantile } from '../report/quantile.ts';

export type WebhookReceiver = Disposable & {
  readonly host: string;
  readonly url: string;
  /** What has come since the last reading, and how long after its transaction had begun. */
  read(): { readonly told: number; readonly p50Ms: number; readonly p99Ms: number };
};

const TIMESTAMP = /"timestamp":"([^"]+)"/;

export async function openWebhookReceiver(): Promise<WebhookReceiver> {
  let delaysMs: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      const atMs = Date.parse(TIMESTAMP.exec(body)?.[1] ?? '');
      if (atMs > 0) delaysMs.push(Date.now() - atMs);
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}/`,
    read() {
      const sorted = delaysMs.toSorted((a, b) => a - b);
      delaysMs = [];
      return { told: sorted.length, p50Ms: toQuantile(sorted, 0.5), p99Ms: toQuantile(sorted, 0.99) };
    },
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
