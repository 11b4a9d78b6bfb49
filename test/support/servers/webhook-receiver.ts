// An address of a webhook: it keeps what is posted to it, and answers as a test wants it to.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export type Message = {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** When it had come whole, by `performance.now()`. */
  readonly atMs: number;
};

export type WebhookReceiver = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  /** Oldest first, also those that were refused. */
  readonly messages: readonly Message[];
  /** Resolves when so many have come. */
  until(count: number): Promise<readonly Message[]>;
  /** From now on; absent: 204. One that does not end the response keeps the sender waiting. */
  answer(how?: (message: Message, response: ServerResponse) => void): void;
  /** The contents of all messages, each verified with the receiver's own tools. @throws when one is not signed with `secret` */
  verifyAll(secret: string): VerifiedEvent[];
};

export type VerifiedEvent = {
  readonly id: string;
  readonly type: string;
  readonly subject: string | null;
  readonly data: { readonly [field: string]: unknown };
};

/** Opens one on a free port of 127.0.0.1. */
export async function openWebhookReceiver(): Promise<WebhookReceiver> {
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  const accept = (_message: Message, response: ServerResponse) => void response.writeHead(204).end();
  let how: (message: Message, response: ServerResponse) => void = accept;
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => null);
    if (body === null) return;
    const { url = '', method = '', headers } = request;
    const message = { path: url, method, headers, body, atMs: performance.now() };
    messages.push(message);
    how(message, response);
    for (const wake of waiting) wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    messages,
    until: (count) =>
      new Promise((resolve) => {
        const wake = () => {
          if (messages.length < count) return;
          waiting.delete(wake);
          resolve(messages);
        };
        waiting.add(wake);
        wake();
      }),
    answer: (next = accept) => {
      how = next;
    },
    verifyAll: (secret) => {
      const webhook = new Webhook(secret);
      return messages.map(({ body, headers }) => webhook.verify(body, headers as never) as VerifiedEvent);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
