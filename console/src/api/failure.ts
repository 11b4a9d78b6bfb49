// What a failed call comes to for a reader.
import { TRPCClientError } from '@trpc/client';

/** The gateway's own sentence, or that it could not be asked. */
export function toSentence(error: unknown): string {
  if (error instanceof TRPCClientError && error.data == null) return 'The gateway cannot be reached. Is it running?';
  if (error instanceof TypeError) return 'The gateway cannot be reached. Is it running?';
  const text = error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Whether the token was refused. */
export function isUnauthorized(error: unknown): boolean {
  return (error as { data?: { code?: unknown } }).data?.code === 'UNAUTHORIZED';
}
