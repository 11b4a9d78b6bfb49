// What every way of uploading needs of one client.
import { type GatewayError, toGatewayError } from './errors.ts';
import type { GatewayApi } from './types.ts';

export type Connection = {
  /** Scheme, host and path before `/v1` and `/trpc`, without a slash at its end. */
  readonly url: string;
  readonly api: GatewayApi;
  /** The header of whoever asks, made anew for each request. */
  authorization(): Promise<{ readonly [name: string]: string }>;
  /** What this client has learned of its gateway. */
  readonly learned: { isDirectRefused: boolean };
};

/** A call of the API whose failure is a refusal of ours. */
export async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw toGatewayError(thrown) satisfies GatewayError;
  }
}
