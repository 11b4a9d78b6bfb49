// Reads of which several ask for the very same at once: while as many statements for it run as may, whoever comes shares the
// next one. It starts nothing by a timer, and never answers with a statement that had begun before it was asked.
import type { CallOptions } from '../../domain/flow/stream.ts';

export type SameReads<Query, Value> = {
  /** Reads by itself or with others. Rejects with the signal's reason as soon as that aborts. */
  read(query: Query, options: CallOptions): Promise<Value>;
};

export type SameReadsOptions<Query, Value> = {
  /** Two queries that are spelt alike are one. */
  readonly spell: (query: Query) => string;
  /** The signal aborts when nobody waits any more. */
  readonly run: (query: Query, options: CallOptions) => Promise<Value>;
  /** How many statements for the same run at once. */
  readonly maxInFlight: number;
};

/** Those who get one statement's answer. */
type Group<Query, Value> = {
  readonly query: Query;
  readonly controller: AbortController;
  readonly answer: PromiseWithResolvers<Value>;
  waiting: number;
};

/** What is asked for; `next` is the group whose statement has not begun. */
type Same<Query, Value> = { inFlight: number; next: Group<Query, Value> | null };

export function createSameReads<Query, Value>(options: SameReadsOptions<Query, Value>): SameReads<Query, Value> {
  const { spell, run, maxInFlight } = options;
  const asked = new Map<string, Same<Query, Value>>();

  function start(name: string, same: Same<Query, Value>): void {
    const group = same.next;
    if (group === null) {
      if (same.inFlight === 0) asked.delete(name);
      return;
    }
    same.next = null;
    same.inFlight += 1;
    const end = () => {
      same.inFlight -= 1;
      start(name, same);
    };
    run(group.query, { signal: group.controller.signal })
      .then(group.answer.resolve, group.answer.reject)
      .then(end, end);
  }

  /** Whoever leaves last takes the statement with it, and a group that has not begun is joined no more. */
  function join(same: Same<Query, Value>, group: Group<Query, Value>, { signal }: CallOptions): Promise<Value> {
    group.waiting += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        group.waiting -= 1;
        if (group.waiting === 0) {
          group.controller.abort(signal.reason);
          if (same.next === group) same.next = null;
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      group.answer.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  return {
    read(query, call) {
      if (call.signal.aborted) return Promise.reject(call.signal.reason);
      const name = spell(query);
      const same = asked.get(name) ?? { inFlight: 0, next: null };
      asked.set(name, same);
      same.next ??= { query, controller: new AbortController(), answer: Promise.withResolvers(), waiting: 0 };
      const joined = join(same, same.next, call);
      if (same.inFlight < maxInFlight) start(name, same);
      return joined;
    },
  };
}
