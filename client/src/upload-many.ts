// Many uploads, a few at once: each has an outcome of its own, and one that fails leaves the others alone.
import { GatewayError, toGatewayError } from './errors.ts';
import type { UploadSource } from './source.ts';
import type { Resource } from './types.ts';
import type { UploadOptions } from './upload.ts';

export type UploadItem = UploadOptions & { readonly source: UploadSource };

export type UploadOutcome<Item> =
  | { readonly item: Item; readonly resource: Resource; readonly error: null }
  | { readonly item: Item; readonly resource: null; readonly error: GatewayError };

export type UploadManyOptions = {
  /** How many at once: 4 when absent. */
  readonly parallel?: number | undefined;
  /** Ends all of them; the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
};

type Upload = (source: UploadSource, options: UploadOptions) => Promise<Resource>;

const PARALLEL = 4;

/**
 * Yields an outcome for each item as it is known, in whichever order. Items are taken one by one when there is room, so
 * that there may be any number of them; leaving the iteration early ends what is running.
 */
export async function* uploadMany<Item extends UploadItem>(
  upload: Upload,
  items: Iterable<Item> | AsyncIterable<Item>,
  { parallel = PARALLEL, signal }: UploadManyOptions,
): AsyncGenerator<UploadOutcome<Item>, void, undefined> {
  const leaving = new AbortController();
  const ended = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
  const running = new Set<Promise<UploadOutcome<Item>>>();
  const begin = (item: Item) => {
    const own = item.signal === undefined ? ended : AbortSignal.any([item.signal, ended]);
    const { source, ...options } = item;
    const outcome = upload(source, { ...options, signal: own }).then(
      (resource): UploadOutcome<Item> => ({ item, resource, error: null }),
      (thrown): UploadOutcome<Item> => ({ item, resource: null, error: toOutcomeError(thrown, own) }),
    );
    const settled = outcome.finally(() => running.delete(settled));
    running.add(settled);
  };
  try {
    for await (const item of items) {
      signal?.throwIfAborted();
      begin(item);
      if (running.size >= Math.max(1, parallel)) yield await Promise.race(running);
    }
    while (running.size > 0) yield await Promise.race(running);
    signal?.throwIfAborted();
  } finally {
    leaving.abort(new Error('the iteration was left'));
  }
}

function toOutcomeError(thrown: unknown, signal: AbortSignal): GatewayError {
  if (!signal.aborted) return toGatewayError(thrown);
  return new GatewayError('aborted', 'the upload was aborted', { cause: thrown });
}
