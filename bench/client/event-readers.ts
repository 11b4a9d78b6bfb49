// Readers of live events by REST, who take what comes and look at nothing but when it happened.
import { type IncomingMessage, request } from 'node:http';
import { toQuantile } from '../report/quantile.ts';

export type EventReaders = Disposable & {
  /** What has been told since the last reading, and how long after its transaction had begun. */
  read(): { readonly told: number; readonly p50Ms: number; readonly p99Ms: number };
};

export type EventReadersOptions = {
  readonly url: URL;
  readonly token: string;
  readonly count: number;
  /** What the reader asks for that is opened as number `at`. */
  readonly toQuery: (at: number) => string;
};

const TIMESTAMP = /"timestamp":"([^"]+)"/;

/** Opens them, and again when their leases end. Resolves when all have been told something. */
export async function openEventReaders({ url, token, count, toQuery }: EventReadersOptions): Promise<EventReaders> {
  const leaving = new AbortController();
  let delaysMs: number[] = [];

  function take(text: string, startedMs: number): void {
    for (const item of text.split('\n\n')) {
      if (item.includes('event: heartbeat')) continue;
      const atMs = Date.parse(TIMESTAMP.exec(item)?.[1] ?? '');
      // What was before the reader is not live.
      if (atMs >= startedMs) delaysMs.push(Date.now() - atMs);
    }
  }

  function open(at: number): Promise<void> {
    const startedMs = Date.now();
    return new Promise((resolve, reject) => {
      const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
      const asked = request(new URL(`/v1/events?${toQuery(at)}`, url), {
        headers,
        agent: false,
        signal: leaving.signal,
      });
      const end = (error: Error) => void (leaving.signal.aborted || reject(error));
      asked.on('error', end).on('response', (response: IncomingMessage) => {
        if (response.statusCode !== 200) return reject(new Error(`a reader was answered ${response.statusCode}`));
        let rest = '';
        response.setEncoding('latin1').on('error', end);
        response.on('data', (piece: string) => {
          resolve();
          const text = rest + piece;
          const whole = text.lastIndexOf('\n\n') + 2;
          if (whole >= 2) take(text.slice(0, whole), startedMs);
          rest = whole >= 2 ? text.slice(whole) : text;
        });
        response.on('end', () => void (leaving.signal.aborted || open(at).catch(() => {})));
      });
      asked.end();
    });
  }

  await Promise.all(Array.from({ length: count }, (_, at) => open(at)));
  return {
    read() {
      const sorted = delaysMs.toSorted((a, b) => a - b);
      delaysMs = [];
      return { told: sorted.length, p50Ms: toQuantile(sorted, 0.5), p99Ms: toQuantile(sorted, 0.99) };
    },
    [Symbol.dispose]: () => leaving.abort(),
  };
}
