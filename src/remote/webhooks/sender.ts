// Posts messages to the addresses of webhooks, past the same guard as every fetch: an address is judged when it is set and
// again at each message, by what its name resolves to then, and a redirect is never followed.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { createShares, type SharesState } from '../../domain/caller/shares.ts';
import { GatewayError, invalidInput } from '../../domain/errors.ts';
import type { Answer, OutgoingMessage, WebhookSender } from '../../domain/webhooks/ports.ts';
import { toRemoteFailure } from '../failures.ts';
import { createAddressPolicy } from '../guard/address-policy.ts';
import { isAllowedHost, parseAllowedHosts, parseFetchUrl, toHost } from '../guard/fetch-policy.ts';
import { type HopJudge, resolveHop } from '../guard/resolve-hop.ts';
import { sendExchange } from '../http/exchange.ts';
import type { RemoteLimits, RemoteOptions } from '../options.ts';

export type WebhookSenderOptions = Pick<RemoteOptions, 'allowHosts' | 'lookup' | 'onBlocked'> & {
  readonly limits: WebhookLimits;
};

export type WebhookLimits = Pick<
  RemoteLimits,
  'lookupTimeoutMs' | 'refusalStepMs' | 'maxHeaderBytes' | 'maxConcurrent' | 'maxConcurrentPerAccount'
> & {
  /** From the first look-up to the last byte that is read of the answer. */
  readonly totalTimeoutMs: number;
  /** Of the answer; what follows is not read. */
  readonly maxResponseBytes: number;
};

/** Within the 15 to 30 seconds that the specification asks for. */
export const DEFAULT_WEBHOOK_LIMITS: WebhookLimits = {
  lookupTimeoutMs: 5_000,
  refusalStepMs: 500,
  maxHeaderBytes: 16_384,
  maxConcurrent: 128,
  maxConcurrentPerAccount: 32,
  totalTimeoutMs: 20_000,
  maxResponseBytes: 1_024,
};

const MAX_URL_CHARACTERS = 2_048;
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

export type WebhookAccess = WebhookSender & {
  /** What is taken of `maxConcurrent`. */
  slots(): SharesState;
  /** Ends every message that is under way. */
  close(): Promise<void>;
};

/** A sender; it connects to nothing yet. @throws TypeError when an allowed host is malformed */
export function createWebhookSender({ limits, lookup, onBlocked, ...options }: WebhookSenderOptions): WebhookAccess {
  const allowHosts = parseAllowedHosts(options.allowHosts);
  const isGlobalUnicast = createAddressPolicy();
  const judge: HopJudge = { isGlobalUnicast, allowHosts, lookup, limits, onBlocked };
  const closing = new AbortController();
  const slots = createShares({
    max: limits.maxConcurrent,
    maxPerAccount: limits.maxConcurrentPerAccount,
    waitMs: limits.totalTimeoutMs,
    maxWaitingPerAccount: 1_000,
    full: 'too many messages to webhooks are under way',
  });

  function parseUrl(text: string): URL {
    if (text.length > MAX_URL_CHARACTERS) {
      throw invalidInput('url', `must not be longer than ${MAX_URL_CHARACTERS} characters`);
    }
    if (!/^https?:/i.test(text)) throw invalidInput('url', 'must begin with https:// or http://');
    return parseFetchUrl(text, allowHosts, 'url');
  }

  /** A name is judged when something is sent: what it resolves to now says nothing of then. */
  function requireAllowed(text: string): void {
    const url = parseUrl(text);
    const host = toHost(url);
    if (isIP(host) !== 0 && !isAllowedHost(url, allowHosts) && !isGlobalUnicast(host)) {
      throw invalidInput('url', 'must lead to a public address');
    }
  }

  async function post(
    { url, headers, body }: OutgoingMessage,
    signal: AbortSignal,
  ): Promise<Omit<Answer, 'durationMs'>> {
    const target = parseUrl(url);
    const addresses = await resolveHop(target, { judge, signal });
    const exchange = { url: target, addresses, headers, body, signal };
    const response = await sendExchange({
      ...exchange,
      limits: { headerTimeoutMs: limits.totalTimeoutMs, maxHeaderBytes: limits.maxHeaderBytes },
    });
    const status = response.statusCode ?? 0;
    const retryAfterMs = parseRetryAfter(response.headers['retry-after']);
    const text = await readBeginning(response, limits.maxResponseBytes);
    return { status, response: text, error: toError(status), retryAfterMs };
  }

  return {
    requireAllowed,
    slots: slots.state,
    async send(message, { signal }) {
      const leave = await slots.enter(message.accountId, { signal });
      const startedMs = performance.now();
      const timeout = AbortSignal.timeout(limits.totalTimeoutMs);
      const ending = AbortSignal.any([signal, closing.signal, timeout]);
      const spent = () => Math.round(performance.now() - startedMs);
      try {
        return { ...(await post(message, ending)), durationMs: spent() };
      } catch (thrown) {
        signal.throwIfAborted();
        closing.signal.throwIfAborted();
        const error = timeout.aborted ? TOO_SLOW : toSentence(thrown);
        return { status: null, response: null, error, retryAfterMs: null, durationMs: spent() };
      } finally {
        leave();
      }
    },
    async close() {
      closing.abort(new GatewayError('internal', {}));
    },
  };
}

const TOO_SLOW = 'the address did not answer in time';

/** What the guard and the connection say is of a "remote"; here it is the address. */
function toSentence(thrown: unknown): string {
  return toRemoteFailure(thrown)
    .message.replace('the host of the uri', 'the host of the url')
    .replace(/\bremote\b/g, 'address');
}

/** Null when the message counts as delivered. */
function toError(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `the address answered ${status}; redirects are not followed`;
  return `the address answered ${status}`;
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
function parseRetryAfter(value: string | undefined): number | null {
  if (value === undefined) return null;
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** As text that PostgreSQL can hold; what follows is dropped with the connection. */
async function readBeginning(response: IncomingMessage, maxBytes: number): Promise<string | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(Buffer.from(piece.subarray(0, maxBytes - bytes)));
      bytes += piece.length;
      if (bytes >= maxBytes) break;
    }
  } catch {
    // The status has come, and it is what counts.
  } finally {
    response.destroy();
  }
  const text = Buffer.concat(pieces).toString().replaceAll('\0', '\ufffd');
  return text === '' ? null : text;
}
