// One kept-alive HTTP connection that asks one thing at a time. Bare sockets: whatever the client costs, it takes from
// the two servers alike and hides the difference between them.
import { once } from 'node:events';
import { connect } from 'node:net';

/** A request as it goes over the wire, head and all, in pieces. Strings are Latin-1. */
export type WireRequest = Iterable<string | Uint8Array>;

export type Answer = { readonly status: number; readonly body: string };

export type Connection = Disposable & {
  /** @throws when the connection breaks before the answer is whole */
  ask(request: WireRequest): Promise<Answer>;
};

export async function openConnection(url: URL): Promise<Connection> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  await once(socket, 'connect');
  let received = '';
  let failure: Error | null = null;
  let waiting: PromiseWithResolvers<Answer> | null = null;

  socket.setEncoding('latin1');
  socket.on('data', (piece: string) => {
    received = received === '' ? piece : received + piece;
    const answer = parseAnswer(received);
    if (answer === 'endless') return void socket.destroy(new Error(`an answer without a length: ${received}`));
    if (answer === null || waiting === null) return;
    received = '';
    const { resolve } = waiting;
    waiting = null;
    resolve(answer);
  });
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => {
    failure ??= new Error('the server closed the connection');
    waiting?.reject(failure);
  });

  /** Stops when the answer has come early: the rest is then not wanted. */
  async function send(request: WireRequest): Promise<void> {
    for (const piece of request) {
      if (waiting === null || socket.destroyed) return;
      const hasRoom = typeof piece === 'string' ? socket.write(piece, 'latin1') : socket.write(piece);
      if (!hasRoom) await drained();
    }
  }

  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }

  return {
    async ask(request) {
      if (failure !== null) throw failure;
      const asked = Promise.withResolvers<Answer>();
      waiting = asked;
      void send(request);
      return await asked.promise;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Null while it is not whole; endless when its head does not tell its length. */
function parseAnswer(text: string): Answer | null | 'endless' {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const head = text.slice(0, headEnd);
  const status = Number(head.slice(9, 12));
  const body = text.slice(headEnd + 4);
  // RFC 9110, section 15.3.5: it has no body, and says nothing of one.
  if (status === 204) return { status, body: '' };
  const length = /\r\ncontent-length: (\d+)/i.exec(head);
  if (length !== null) return body.length < Number(length[1]) ? null : { status, body };
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) return 'endless';
  return body.endsWith('0\r\n\r\n') ? { status, body } : null;
}
