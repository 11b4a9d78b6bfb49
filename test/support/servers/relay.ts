// A relay before a real store, which can be told to misbehave as networks do.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';

export type RelayMode = 'pass' | 'silent' | 'cut';

export type Relay = {
  readonly endpoint: string;
  /** `silent` gives no further byte, in no answer; `cut` breaks every connection, also those that are open. */
  setMode(mode: RelayMode): void;
  /**
   * Passes the next request that fits on, but breaks the connection instead of giving its answer. When `thenRefuse` is
   * an S3 error code, its repeat is refused with that, as stores do that do not remember what they completed.
   */
  loseAnswerOf(isMeant: (request: IncomingMessage) => boolean, thenRefuse: string | null): void;
  /** Answers every request that fits with status 200 and a page, as some proxies and captive portals do; null: none. */
  answerWithPage(isMeant: ((request: IncomingMessage) => boolean) | null): void;
  /** The methods of the requests that met with silence, in the order of their coming. */
  readonly silenced: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
};

/** Opens a relay to `target`. Headers pass unchanged, so that signatures made for the relay's address hold. */
export async function openRelay(target: string): Promise<Relay> {
  const sockets = new Set<Socket>();
  const answers = new Set<IncomingMessage>();
  const silenced: string[] = [];
  let mode: RelayMode = 'pass';
  let isLost: ((request: IncomingMessage) => boolean) | null = null;
  let isPage: ((request: IncomingMessage) => boolean) | null = null;
  let refusal: { isMeant: (request: IncomingMessage) => boolean; code: string } | null = null;

  const server = createServer((incoming, outgoing) => {
    if (mode === 'silent') {
      silenced.push(incoming.method ?? '');
      return;
    }
    if (isLost === null && refusal?.isMeant(incoming) === true) {
      incoming.resume();
      outgoing.writeHead(404, { 'content-type': 'application/xml' });
      outgoing.end(`<Error><Code>${refusal.code}</Code></Error>`);
      return;
    }
    if (isPage?.(incoming) === true) {
      incoming.resume();
      outgoing.writeHead(200, { 'content-type': 'text/html' });
      outgoing.end('<html><body>welcome</body></html>');
      return;
    }
    const losing = isLost?.(incoming) === true;
    if (losing) isLost = null;
    const { method, url, headers } = incoming;
    const passed = request(new URL(url ?? '/', target), { method, headers, setHost: false }, (answer) => {
      if (losing) {
        answer.resume().on('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answers.add(answer.on('close', () => answers.delete(answer)));
      answer.pipe(outgoing);
    });
    passed.on('error', () => incoming.socket.destroy());
    incoming.on('error', () => passed.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  server.on('connection', (socket) => {
    if (mode === 'cut') socket.destroy();
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    silenced,
    setMode(next) {
      mode = next;
      if (mode === 'cut') cutAll();
      if (mode === 'silent') for (const answer of answers) answer.unpipe();
    },
    loseAnswerOf(isMeant, thenRefuse) {
      isLost = isMeant;
      refusal = thenRefuse === null ? null : { isMeant, code: thenRefuse };
    },
    answerWithPage(isMeant) {
      isPage = isMeant;
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      await once(server.close(), 'close');
    },
  };
}
