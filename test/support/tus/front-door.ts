// One address before gateways that come and go: it passes bytes on to whichever it is told, and cuts connections.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type FrontDoor = AsyncDisposable & {
  readonly url: string;
  /** From now on connections go there. */
  openTo(gatewayUrl: string): void;
  /** The next answer, to whatever was asked, is not passed on: its connection is cut in its place. */
  loseNextAnswer(): void;
  /** How many it has cut. */
  cuts(): number;
  /** How many bytes it has taken from clients. */
  passedBytes(): number;
};

export type FrontDoorOptions = {
  /** After how many bytes from the client a connection is cut; absent: never. Asked for each connection. */
  readonly cutAfterBytes?: () => number;
};

export async function openFrontDoor({ cutAfterBytes }: FrontDoorOptions = {}): Promise<FrontDoor> {
  const sockets = new Set<Socket>();
  let port = 0;
  let cuts = 0;
  let passedBytes = 0;
  let isLosing = false;
  const server = createServer((client) => {
    const gateway = connect(port, '127.0.0.1');
    let left = cutAfterBytes?.() ?? Number.POSITIVE_INFINITY;
    for (const [from, to] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      to.on('drain', () => from.resume());
    }
    gateway.on('data', (piece) => {
      if (isLosing) {
        isLosing = false;
        cuts += 1;
        client.destroy();
        gateway.destroy();
        return;
      }
      if (!client.write(piece)) gateway.pause();
    });
    client.on('data', (piece) => {
      left -= piece.length;
      passedBytes += piece.length;
      if (left > 0) {
        if (!gateway.write(piece)) client.pause();
        return;
      }
      cuts += 1;
      client.destroy();
      gateway.destroy();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the door has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    openTo(gatewayUrl) {
      port = Number(new URL(gatewayUrl).port);
    },
    loseNextAnswer() {
      isLosing = true;
    },
    cuts: () => cuts,
    passedBytes: () => passedBytes,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
