// Reads in a closed loop: so many connections, each asking again as soon as it has been answered. wrk asks where the
// machine has it, since it costs the servers the least; else we do.
import type { WireRequest } from './connection.ts';
import { runDrainingLoad } from './draining-load.ts';
import { findWrk, runWrk } from './wrk.ts';

/** One request without content. */
export type Ask = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON, for `POST`. */
  readonly body?: string;
};

export type ReadLoad = {
  readonly url: URL;
  readonly token: string;
  /** Asked for in turn. */
  readonly asks: readonly Ask[];
  readonly connections: number;
  readonly durationMs: number;
};

export type ReadLoadResult = {
  readonly tookMs: number;
  /** Answers that were whole when time was up. */
  readonly perSecond: number;
  /** Of answers, heads included. */
  readonly mbPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/** @throws when an answer is no success */
export async function runReadLoad(load: ReadLoad): Promise<ReadLoadResult> {
  const wrk = findWrk();
  return wrk === null ? await runDrainingLoad(load) : await runWrk(wrk, load);
}

/** Head and body, as they go over the wire. */
export function toReadRequest({ method, path, body }: Ask, token: string): WireRequest {
  const about =
    body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return [
    `${method} ${path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\n` +
      `Accept: application/json\r\n${about}\r\n${body ?? ''}`,
  ];
}
