// The load of reads without wrk: answers are counted and thrown away while they arrive, whatever their size.
import { once } from 'node:events';
import { connect } from 'node:net';
import { toQuantile } from '../report/quantile.ts';
import { type ReadLoad, type ReadLoadResult, toReadRequest } from './read-load.ts';

const END_OF_HEAD = '\r\n\r\n';
const MB = 1e6;

/** @throws at the first answer that is no success, or whose head does not tell its length */
export async function runDrainingLoad(load: ReadLoad): Promise<ReadLoadResult> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + load.durationMs;
  const received = await Promise.all(
    Array.from({ length: load.connections }, (_, at) => keepAsking(load, { at, endMs, latenciesMs })),
  );
  const tookMs = performance.now() - startedMs;
  latenciesMs.sort((a, b) => a - b);
  return {
    tookMs,
    perSecond: latenciesMs.length / (tookMs / 1000),
    mbPerSecond: received.reduce((sum, bytes) => sum + bytes, 0) / MB / (tookMs / 1000),
    p50Ms: toQuantile(latenciesMs, 0.5),
    p99Ms: toQuantile(latenciesMs, 0.99),
  };
}

type Asking = { readonly at: number; readonly endMs: number; readonly latenciesMs: number[] };

/** One connection until the end. @returns how many bytes it received */
async function keepAsking({ url, token, asks }: ReadLoad, { at, endMs, latenciesMs }: Asking): Promise<number> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  await once(socket, 'connect');
  const requests = asks.map((ask) => Buffer.from([...toReadRequest(ask, token)].join(''), 'latin1'));
  const ended = Promise.withResolvers<number>();
  let next = at;
  let receivedBytes = 0;
  let dueBytes = -1;
  let askedMs = 0;
  function ask(): void {
    if (performance.now() >= endMs) return void socket.end();
    askedMs = performance.now();
    socket.write(requests[next % requests.length] as Buffer);
    next += 1;
  }
  socket.on('data', (piece) => {
    receivedBytes += piece.length;
    // A head always comes whole here: it is short and sent in one write.
    dueBytes = dueBytes === -1 ? toDueBytes(piece) : dueBytes - piece.length;
    if (Number.isNaN(dueBytes))
      return void socket.destroy(new Error(`asked in vain: ${piece.toString('latin1', 0, 500)}`));
    if (dueBytes > 0) return;
    dueBytes = -1;
    latenciesMs.push(performance.now() - askedMs);
    ask();
  });
  socket.on('error', ended.reject).on('close', () => ended.resolve(receivedBytes));
  ask();
  return await ended.promise;
}

/** What is still to come of an answer that begins with `piece`; NaN when it is no success or does not say. */
function toDueBytes(piece: Buffer): number {
  const headEnd = piece.indexOf(END_OF_HEAD);
  const head = piece.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return head.startsWith('HTTP/1.1 200')
    ? Number(length ?? Number.NaN) - (piece.length - headEnd - END_OF_HEAD.length)
    : Number.NaN;
}
