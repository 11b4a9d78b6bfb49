// Opens an http or https address: hops judged one by one, redirects by hand, the answer checked. It sends no credentials
// of its own accord, and none to a second host.
import type { IncomingMessage } from 'node:http';
import { remoteAnswered, remoteFailed } from '../failures.ts';
import { parseRedirect } from '../guard/fetch-policy.ts';
import { type HopJudge, resolveHop } from '../guard/resolve-hop.ts';
import type { RemoteLimits } from '../options.ts';
import { type HttpAnswer, requireRest, requireWhole } from './answer.ts';
import type { OpenBody } from './body-reader.ts';
import { type RequestHeaders, sendExchange } from './exchange.ts';

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const NO_HEADERS: RequestHeaders = {};

export type HttpOpening = {
  readonly judge: HopJudge;
  readonly limits: RemoteLimits;
  readonly signal: AbortSignal;
  /**
   * Adds credentials to a request's headers; null: there are none. With credentials no redirect is followed, since
   * nothing says that they were meant for where it leads.
   */
  readonly authorize: ((url: URL, headers: RequestHeaders) => Promise<RequestHeaders>) | null;
};

export type OpenHttp = OpenBody & {
  readonly declaredMimeType: string | null;
  readonly headers: IncomingMessage['headers'];
};

async function send(url: URL, opening: HttpOpening, headers: RequestHeaders): Promise<IncomingMessage> {
  const { judge, limits, signal } = opening;
  const addresses = await resolveHop(url, { judge, signal });
  const authorized = opening.authorize === null ? headers : await opening.authorize(url, headers);
  return sendExchange({ url, addresses, limits, signal, headers: authorized });
}

async function follow(start: URL, opening: HttpOpening): Promise<{ url: URL; response: IncomingMessage }> {
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const response = await send(url, opening, NO_HEADERS);
    const status = response.statusCode ?? 0;
    if (!REDIRECTS.includes(status)) return { url, response };
    response.destroy();
    const { location } = response.headers;
    if (location === undefined || opening.authorize !== null) throw remoteAnswered(status);
    if (redirects >= opening.limits.maxRedirects) {
      throw remoteFailed(`the remote redirected more than ${opening.limits.maxRedirects} times`);
    }
    // Node reads headers as Latin-1; what is not ASCII in a location is UTF-8 in practice.
    const decoded = Buffer.from(location, 'latin1').toString();
    url = parseRedirect(url, decoded, opening.judge.allowHosts);
  }
}

function createReopen(url: URL, opening: HttpOpening, answer: HttpAnswer): OpenBody['reopen'] {
  const { validator } = answer;
  if (validator === null) return null;
  return async (positionBytes) => {
    const source = await send(url, opening, { range: `bytes=${positionBytes}-`, 'if-range': validator });
    try {
      return { source, lengthBytes: requireRest(source, { positionBytes, answer }) };
    } catch (error) {
      source.destroy();
      throw error;
    }
  };
}

/**
 * Opens the body behind an address that `parseFetchUrl` gave; the signal ends whatever is open.
 * @throws GatewayError `remote_failed`, `content_too_large`; the signal's reason when it aborts
 */
export async function openHttp(start: URL, opening: HttpOpening): Promise<OpenHttp> {
  const { url, response } = await follow(start, opening);
  const answer = requireWhole(response, opening.limits);
  return {
    source: response,
    lengthBytes: answer.lengthBytes,
    declaredMimeType: answer.declaredMimeType,
    headers: response.headers,
    reopen: createReopen(url, opening, answer),
  };
}
