// Reads that share statements: what arrives while some run forms the next one of its kind. It knows nothing of SQL, and
// starts nothing by a timer. Accounts take turns, kinds take turns, and who asks for the same gets the same.
import type { CallOptions } from '../../domain/flow/stream.ts';
import { createPatientQueue } from './patient-queue.ts';

/** One kind of read. */
export type ReadKind<Key, Value> = {
  /** Tells keys of one account apart. */
  spell(key: Key): string;
  /** Runs one statement for keys of which no two are the same; gives one result for each, in their order. */
  run(keys: readonly Keyed<Key>[]): Promise<readonly PromiseSettledResult<Value>[]>;
};

export type Keyed<Key> = { readonly accountId: string; readonly key: Key };

/**
 * One read. Rejects with its own error, with its statement's when the whole of it failed, and with the signal's reason as
 * soon as that aborts; the statement itself runs on to its end.
 */
export type SharedRead<Key, Value> = (
  key: Key,
  options: CallOptions & { readonly accountId: string },
) => Promise<Value>;

export type SharedReads = {
  /** A kind whose reads share statements with each other, and turns with all kinds. */
  share<Key, Value>(kind: ReadKind<Key, Value>): SharedRead<Key, Value>;
  /** Resolves when everything asked for has its result; what is asked for afterwards is rejected. */
  close(): Promise<void>;
};

export type SharedReadsOptions = {
  /** Of one statement. */
  readonly maxKeys: number;
  /** How many statements run at once, of all kinds. */
  readonly maxInFlight: number;
  /** Of one account and kind; who comes on top is refused at once. */
  readonly maxWaitingPerAccount: number;
  /** Longest time that a read waits for its statement to start. */
  readonly waitMs: number;
  /** Why a read is refused that has waited so long, or that one too many already wait before. */
  readonly overloaded: () => Error;
};

type Waiting<Key, Value> = Keyed<Key> & {
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
};

/** A kind as the turns see it. */
type Lane = { isWaiting(): boolean; start(): Promise<void> };

export function createSharedReads(options: SharedReadsOptions): SharedReads {
  const idle = Promise.withResolvers<void>();
  /** In the order of turns. */
  const lanes = new Set<Lane>();
  let inFlight = 0;
  let startScheduled = false;
  let closed = false;

  function startWaiting(): void {
    startScheduled = false;
    while (inFlight < options.maxInFlight) {
      const lane = [...lanes].find((each) => each.isWaiting());
      if (lane === undefined) break;
      // To the end of the line.
      lanes.delete(lane);
      lanes.add(lane);
      inFlight += 1;
      void lane.start().then(end);
    }
    if (closed && inFlight === 0) idle.resolve();
  }

  function end(): void {
    inFlight -= 1;
    startWaiting();
  }

  function share<Key, Value>({ spell, run }: ReadKind<Key, Value>): SharedRead<Key, Value> {
    const waiting = createPatientQueue<Waiting<Key, Value>>({
      waitMs: options.waitMs,
      onLate: ({ reject }) => reject(options.overloaded()),
    });

    /** Those whose turn it is, by what they ask for. */
    function takeGroup(): ReadonlyMap<string, readonly Waiting<Key, Value>[]> {
      const group = new Map<string, Waiting<Key, Value>[]>();
      for (let first = waiting.first(); first !== undefined; first = waiting.first()) {
        const name = `${spell(first.key)}\n${first.accountId}`;
        const same = group.get(name);
        if (same === undefined && group.size === options.maxKeys) break;
        waiting.take();
        if (same === undefined) group.set(name, [first]);
        else same.push(first);
      }
      return group;
    }

    async function start(): Promise<void> {
      const group = [...takeGroup().values()];
      try {
        const results = await run(group.flatMap(([first]) => (first === undefined ? [] : [first])));
        for (const [index, same] of group.entries()) settle(same, results[index]);
      } catch (error) {
        for (const { reject } of group.flat()) reject(error);
      }
    }

    lanes.add({ isWaiting: () => waiting.size > 0, start });

    return (key, { accountId, signal }) => {
      if (closed) return Promise.reject(new Error('closed: nothing more can be read'));
      if (signal.aborted) return Promise.reject(signal.reason);
      if (waiting.countOf(accountId) >= options.maxWaitingPerAccount) return Promise.reject(options.overloaded());
      return new Promise((resolve, reject) => {
        const leave = () => signal.removeEventListener('abort', abort);
        const one: Waiting<Key, Value> = {
          accountId,
          key,
          resolve: (value) => {
            leave();
            resolve(value);
          },
          reject: (reason) => {
            leave();
            reject(reason);
          },
        };
        const abort = () => {
          waiting.remove(accountId, one);
          reject(signal.reason);
        };
        signal.addEventListener('abort', abort, { once: true });
        waiting.add(accountId, one);
        if (startScheduled || inFlight >= options.maxInFlight) return;
        startScheduled = true;
        // Not at once, so that requests which reached the process together share a statement.
        setImmediate(startWaiting);
      });
    };
  }

  return {
    share,
    close() {
      closed = true;
      if (!startScheduled) startWaiting();
      return idle.promise;
    },
  };
}

function settle<Value>(
  same: readonly Waiting<unknown, Value>[],
  result: PromiseSettledResult<Value> | undefined,
): void {
  for (const { resolve, reject } of same) {
    if (result?.status === 'fulfilled') resolve(result.value);
    else reject(result === undefined ? new Error('a statement gave no result for one of its reads') : result.reason);
  }
}
