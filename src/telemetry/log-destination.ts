// Where log lines go: many in one write, since each write costs about as much as the answer that a line tells of.
import { type DestinationStream, pino } from 'pino';

export type LogDestination = DestinationStream & {
  /** Writes what is gathered before it returns; pino itself asks for it before a process ends fatally. */
  flushSync(): void;
};

/** How long a line waits for others. */
const GATHER_MS = 10;
const MAX_GATHERED_CHARACTERS = 16 * 1024;

/** Standard output. A kill that cannot be caught takes the lines of the last 10 ms with it; no other end of the process does. */
export function createLogDestination(): LogDestination {
  const output = pino.destination({ dest: 1, sync: false });
  let gathered = '';
  let timer: NodeJS.Timeout | null = null;

  function handOver(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (gathered === '') return;
    output.write(gathered);
    gathered = '';
  }

  function flushSync(): void {
    handOver();
    output.flushSync();
  }

  process.on('exit', flushSync);
  return {
    write(line) {
      gathered += line;
      if (gathered.length >= MAX_GATHERED_CHARACTERS) handOver();
      else timer ??= setTimeout(handOver, GATHER_MS).unref();
    },
    flushSync,
  };
}
