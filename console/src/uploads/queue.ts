// What is being uploaded: a few at a time, each of which can be paused, taken up again and repeated.
import { toSentence } from '../api/failure.ts';
import { isPassing, isTaken, type OnConflict, type Send } from './send.ts';

export type UploadState = 'waiting' | 'sending' | 'paused' | 'done' | 'failed';

export type UploadItem = {
  readonly id: number;
  readonly file: File;
  readonly directoryPath: string;
  readonly state: UploadState;
  readonly sentBytes: number;
  /** Whether another file has its name: it can be replaced, or kept beside it. */
  readonly isTaken: boolean;
  /** What to do about a name that is taken. */
  readonly onConflict: OnConflict;
  /** Why it failed, or why it is tried again. */
  readonly problem: string | null;
};

export type QueueView = {
  readonly items: readonly UploadItem[];
  readonly counts: { readonly [State in UploadState]: number };
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** Over the last seconds; null while nothing is sent. */
  readonly bytesPerSecond: number | null;
};

export type UploadQueue = {
  add(files: readonly { readonly file: File; readonly directoryPath: string }[]): void;
  /** Stops it and keeps what the gateway has of it; one that is done stays as it is. */
  pause(id: number): void;
  /** Goes on with what was paused, or tries again what failed. */
  resume(id: number): void;
  /** Tries again what failed because its name is taken. */
  settle(id: number, onConflict: OnConflict): void;
  /** Forgets it. */
  remove(id: number): void;
  pauseAll(): void;
  resumeAll(): void;
  /** Forgets what is done. */
  clearDone(): void;
  subscribe(onChange: () => void): () => void;
  view(): QueueView;
};

type Held = { -readonly [Key in keyof UploadItem]: UploadItem[Key] } & {
  attempts: number;
  running: AbortController | null;
};

const PARALLEL = 4;
/** A gateway that restarts is back by then: the waits add up to some two minutes. */
const MAX_ATTEMPTS = 12;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 15_000;
const TELL_MS = 150;
const RATE_SAMPLES = 20;

/** @param onStored told of each file that stands */
export function createUploadQueue(send: Send, onStored: () => void): UploadQueue {
  const held = new Map<number, Held>();
  const listeners = new Set<() => void>();
  const rate: { at: number; bytes: number }[] = [];
  let last = 0;
  let view: QueueView | null = null;
  let telling: ReturnType<typeof setTimeout> | null = null;

  const tell = () => {
    if (telling !== null) return;
    telling = setTimeout(() => {
      telling = null;
      view = null;
      for (const listener of listeners) listener();
    }, TELL_MS);
  };

  const fill = () => {
    let sending = 0;
    for (const item of held.values()) if (item.running !== null) sending += 1;
    for (const item of held.values()) {
      if (sending >= PARALLEL) break;
      if (item.state !== 'waiting' || item.running !== null) continue;
      sending += 1;
      void run(item);
    }
    tell();
  };

  const run = async (item: Held) => {
    const running = new AbortController();
    Object.assign(item, { state: 'sending', running });
    try {
      await send(item.file, {
        directoryPath: item.directoryPath,
        onConflict: item.onConflict,
        signal: running.signal,
        onProgress(sentBytes) {
          item.sentBytes = sentBytes;
          tell();
        },
      });
      Object.assign(item, { state: 'done', sentBytes: item.file.size, problem: null });
      onStored();
    } catch (error) {
      // Whoever paused it has already said what it is now.
      if (running.signal.aborted) return;
      item.problem = toSentence(error);
      item.isTaken = isTaken(error);
      item.attempts += 1;
      if (isPassing(error) && item.attempts < MAX_ATTEMPTS) await waitFor(item.attempts, running.signal);
      else item.state = 'failed';
      if (item.state === 'sending') item.state = 'waiting';
    } finally {
      if (item.running === running) item.running = null;
      fill();
    }
  };

  const stop = (item: Held, state: UploadState) => {
    item.state = state;
    item.running?.abort();
    item.running = null;
  };

  return {
    add(files) {
      for (const { file, directoryPath } of files) {
        last += 1;
        const fresh = {
          state: 'waiting',
          sentBytes: 0,
          isTaken: false,
          onConflict: 'error',
          problem: null,
          attempts: 0,
          running: null,
        } as const;
        held.set(last, { id: last, file, directoryPath, ...fresh });
      }
      fill();
    },
    pause(id) {
      const item = held.get(id);
      if (item !== undefined && (item.state === 'waiting' || item.state === 'sending')) stop(item, 'paused');
      fill();
    },
    resume(id) {
      const item = held.get(id);
      if (item !== undefined && (item.state === 'paused' || item.state === 'failed')) {
        Object.assign(item, { state: 'waiting', attempts: 0, problem: null });
      }
      fill();
    },
    settle(id, onConflict) {
      const item = held.get(id);
      if (item?.state === 'failed') {
        Object.assign(item, { state: 'waiting', attempts: 0, problem: null, isTaken: false, onConflict });
      }
      fill();
    },
    remove(id) {
      const item = held.get(id);
      if (item === undefined) return;
      stop(item, 'paused');
      held.delete(id);
      fill();
    },
    pauseAll() {
      for (const item of held.values()) if (item.state === 'waiting' || item.state === 'sending') stop(item, 'paused');
      fill();
    },
    resumeAll() {
      for (const item of held.values()) {
        if (item.state !== 'paused' && item.state !== 'failed') continue;
        Object.assign(item, { state: 'waiting', attempts: 0, problem: null });
      }
      fill();
    },
    clearDone() {
      for (const item of held.values()) if (item.state === 'done') held.delete(item.id);
      tell();
    },
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    view() {
      view ??= toView([...held.values()], rate);
      return view;
    },
  };
}

function toView(items: readonly Held[], rate: { at: number; bytes: number }[]): QueueView {
  const counts = { waiting: 0, sending: 0, paused: 0, done: 0, failed: 0 };
  let sentBytes = 0;
  let totalBytes = 0;
  for (const item of items) {
    counts[item.state] += 1;
    sentBytes += item.sentBytes;
    totalBytes += item.file.size;
  }
  rate.push({ at: performance.now(), bytes: sentBytes });
  if (rate.length > RATE_SAMPLES) rate.shift();
  const [first] = rate;
  const seconds = first === undefined ? 0 : (performance.now() - first.at) / 1000;
  const isMoving = counts.sending > 0 && first !== undefined && seconds > 0.5 && sentBytes > first.bytes;
  const bytesPerSecond = isMoving ? (sentBytes - first.bytes) / seconds : null;
  const shown = items.map(({ attempts: _attempts, running: _running, ...item }) => item);
  return { items: shown, counts, sentBytes, totalBytes, bytesPerSecond };
}

/** Twice as long each time; ends early when it is paused. */
function waitFor(attempts: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1)) * (0.75 + Math.random() / 2);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
