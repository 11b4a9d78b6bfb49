// Refusals as a program meets them: one class, whose codes are the gateway's own table (docs/errors.md) and three of ours.
import { TRPCClientError } from '@trpc/client';
import type { ErrorCode } from '../../src/resolvers/trpc/types.ts';
import type { Answer } from './send.ts';

export type { ErrorCode };

/**
 * Which refusal it is: the gateway's code, or
 * - `unreachable`: there was no answer, or one that is not a gateway's;
 * - `aborted`: the signal of one of many uploads ended it; a single one rejects with the signal's reason;
 * - `store_refused`: the store behind the gateway took a part of a direct upload amiss.
 */
export type GatewayErrorCode = ErrorCode | 'unreachable' | 'aborted' | 'store_refused';

export type GatewayErrorOptions = ErrorOptions & {
  readonly resourceId?: string | null;
  readonly retryAfterSeconds?: number | null;
};

/** What every method of a client rejects with, but for an abort, which rejects with the signal's reason. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: GatewayErrorCode;
  /** With `conflict`: what stands in the way, if the token may read it. */
  readonly resourceId: string | null;
  /** When the gateway said to try again. */
  readonly retryAfterSeconds: number | null;

  constructor(code: GatewayErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.resourceId = options.resourceId ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** Whether it is a refusal, and one of these codes when some are given. */
export function isGatewayError<Code extends GatewayErrorCode = GatewayErrorCode>(
  thrown: unknown,
  ...codes: readonly Code[]
): thrown is GatewayError & { readonly code: Code } {
  return thrown instanceof GatewayError && (codes.length === 0 || codes.some((code) => code === thrown.code));
}

/** What tRPC says of an error; see the gateway's error formatter. */
type Told = {
  readonly reason?: ErrorCode;
  readonly resourceId?: string;
  readonly retryAfterSeconds?: number;
};

/** Whatever a call rejected with, those of `api` included, as a refusal; the cause is kept. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof TRPCClientError) {
    const told: Told | undefined = thrown.data ?? undefined;
    return toRefusal(thrown.message, told, thrown);
  }
  return new GatewayError('unreachable', toSentence(thrown), { cause: thrown });
}

/** What an answer of the tRPC endpoint refuses with. @param error the `error` of its body */
export function fromTrpcAnswer(error: { readonly message: string; readonly data?: Told }): GatewayError {
  return toRefusal(error.message, error.data);
}

function toRefusal(message: string, told: Told | undefined, cause?: unknown): GatewayError {
  if (told === undefined) return new GatewayError('unreachable', message, { cause });
  const { reason = 'malformed_request', resourceId = null, retryAfterSeconds = null } = told;
  return new GatewayError(reason, message, { cause, resourceId, retryAfterSeconds });
}

/** What REST's or tus's answer refuses with: the code is a header, the sentence the body's only field. */
export function fromRestAnswer({ status, header, text }: Answer): GatewayError {
  const code = header('x-error-code') as ErrorCode | null;
  const seconds = Number(header('retry-after') ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(seconds) ? seconds : null;
  if (code === null) {
    return new GatewayError('unreachable', `the answer is HTTP ${status}, and not a gateway's`, { retryAfterSeconds });
  }
  return new GatewayError(code, readSentence(text) ?? `refused: ${code}`, { retryAfterSeconds });
}

function readSentence(text: string): string | null {
  try {
    const { error } = JSON.parse(text);
    return typeof error === 'string' ? error : null;
  } catch {
    return null;
  }
}

function toSentence(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? `: ${thrown.cause.message}` : '';
  return `the gateway did not answer (${thrown instanceof Error ? thrown.message : thrown}${cause})`;
}

const PASSING: ReadonlySet<GatewayErrorCode> = new Set([
  'unreachable',
  'store_refused',
  'internal',
  'overloaded',
  'offset_mismatch',
  'upload_busy',
  'request_in_progress',
]);

/** Whether the same request may succeed later. */
export function isPassing({ code, retryAfterSeconds }: GatewayError): boolean {
  return PASSING.has(code) || retryAfterSeconds !== null;
}
