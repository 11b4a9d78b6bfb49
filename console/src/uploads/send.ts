// One file on its way to the gateway, as any frontend sends one.
import { isGatewayError } from 'resource-gateway-client';
import type { Gateway } from '../api/gateway.ts';

/** What becomes of a file whose name is taken: refused, beside it under another, or a new version of it. */
export type OnConflict = 'error' | 'rename' | 'replace';

export type SendOptions = {
  readonly directoryPath: string;
  readonly onConflict: OnConflict;
  /** Ends it; what the gateway has stays there, and the same file goes on from it. */
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
};

/** Resolves when the resource stands. */
export type Send = (file: File, options: SendOptions) => Promise<void>;

/** The queue tries again by itself, and says so; of the client's own tries a few are enough. */
const RETRIES = 2;

/** Whether trying again may help. */
export function isPassing(error: unknown): boolean {
  return (
    isGatewayError(
      error,
      'unreachable',
      'internal',
      'overloaded',
      'offset_mismatch',
      'upload_busy',
      'request_in_progress',
    ) ||
    (isGatewayError(error) && error.retryAfterSeconds !== null)
  );
}

/** Whether another file has the name. */
export function isTaken(error: unknown): boolean {
  return isGatewayError(error, 'conflict');
}

/** Files that were begun are remembered in this browser, so that they go on after a reload when they are chosen again. */
export function createSend({ client }: Gateway): Send {
  return async (file, { directoryPath, onConflict, signal, onProgress }) => {
    await client.upload(file, {
      directoryPath,
      onConflict,
      signal,
      retries: RETRIES,
      // Not into the store: the console's policy lets it speak with nobody but the gateway.
      ...(file.size > ONE_REQUEST_BYTES && { way: 'resumable' as const }),
      onProgress: ({ sentBytes }) => onProgress(sentBytes),
    });
  };
}

const ONE_REQUEST_BYTES = 4 * 1024 * 1024;
