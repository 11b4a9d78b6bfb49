// Readers of live events that ask for all and take nothing: their connections fill up.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type DeafReadersOptions = { readonly url: URL; readonly token: string; readonly count: number };

const AT_ONCE = 100;

/** Resolves when all are counted by the gateway. */
export async function openDeafReaders({ url, token, count }: DeafReadersOptions): Promise<Disposable> {
  const sockets: Socket[] = [];

  async function open(): Promise<void> {
    const socket = connect({ host: url.hostname, port: Number(url.port) });
    sockets.push(socket.on('error', () => {}));
    await once(socket, 'connect');
    socket.pause();
    const headers = `Host: bench\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}`;
    socket.write(`GET /v1/events?after=latest HTTP/1.1\r\n${headers}\r\n\r\n`);
  }

  while (sockets.length < count) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, open));
  }
  while ((await countReaders(url)) < count) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function countReaders(url: URL): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  return Number(/gateway_event_readers\{transport="rest"\} (\d+)/.exec(text)?.[1] ?? 0);
}
