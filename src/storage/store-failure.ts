// What a store says when its own machinery fails. It tells the log everything and the caller nothing.
import { GatewayError } from '../domain/errors.ts';

/** The refusal for a store's failure. `sentence` and `cause` are for the log; the caller reads neither. */
export function storeFailure(sentence: string, cause?: unknown): GatewayError<'internal'> {
  return new GatewayError('internal', {}, { cause: new Error(sentence, { cause }) });
}

/**
 * Gives what `call` gives.
 * @throws the signal's reason when the call failed because of an abort, else `internal` with the cause kept
 */
export async function attempt<Value>(
  call: Promise<Value>,
  options: { readonly sentence: string; readonly signal: AbortSignal },
): Promise<Value> {
  try {
    return await call;
  } catch (thrown) {
    options.signal.throwIfAborted();
    throw thrown instanceof GatewayError ? thrown : storeFailure(options.sentence, thrown);
  }
}
