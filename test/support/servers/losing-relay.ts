// A relay before a real PostgreSQL that can lose the answer to an insert, or the insert itself, or fall silent.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type LosingRelay = AsyncDisposable & {
  /** The same database, reached through the relay. */
  readonly url: string;
  /** Breaks the connection of the next insert of resources: before it reaches the server, or instead of its answer. */
  loseNext(what: 'insert' | 'answer'): void;
  /** While it is silent it takes connections and whatever is sent, passes nothing on and breaks nothing. */
  setSilent(isSilent: boolean): void;
};

/** Every statement is named in what its client sends. */
const INSERT = 'insert-resources';

export async function openLosingRelay(databaseUrl: string): Promise<LosingRelay> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let losing: 'insert' | 'answer' | null = null;
  let isSilent = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let isAnswerLost = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) sockets.add(socket.on('error', end).on('close', end));
    client.on('data', (piece) => {
      if (isSilent) return;
      const isMeant = losing !== null && piece.includes(INSERT);
      if (isMeant && losing === 'insert') {
        losing = null;
        end();
        return;
      }
      if (isMeant) {
        losing = null;
        isAnswerLost = true;
      }
      upstream.write(piece);
    });
    upstream.on('data', (piece) => {
      if (isAnswerLost) end();
      else if (!isSilent) client.write(piece);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  const own = new URL(databaseUrl);
  own.port = String(address.port);
  return {
    url: own.href,
    loseNext(what) {
      losing = what;
    },
    setSilent(silent) {
      isSilent = silent;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
