// Times the calls of the store.
import type { ContentStore } from '../domain/uploads/upload-store.ts';
import { type CallObserver, observeCalls } from './observe-calls.ts';

/** The same store, whose calls `observe` is told of. A staging lasts as long as its sender takes, so only its end is timed. */
export function observeStore(store: ContentStore, observe: CallObserver): ContentStore {
  const how = { silent: ['stage', 'close', 'discard'], observe };
  return {
    ...observeCalls(store, how),
    stage: async (bytes, options) => observeCalls(await store.stage(bytes, options), how),
    uploads: {
      ...observeCalls(store.uploads, { ...how, silent: ['append'] }),
      direct: store.uploads.direct && observeCalls(store.uploads.direct, how),
    },
  };
}
