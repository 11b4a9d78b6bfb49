// Which http addresses may be asked for at all, judged by their text alone. What their names resolve to is judged later.
import { invalidInput } from '../../domain/errors.ts';
import { remoteFailed } from '../failures.ts';
import type { AllowedHost } from '../options.ts';
import { toOriginalUri } from '../original-uri.ts';

export const MAX_URI_CHARACTERS = 8192;
const DEFAULT_PORTS: readonly number[] = [80, 443];

/** The port that an http or https address stands for. */
export function toPort(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** A URL's host as one spelling: no brackets, no trailing dot. The URL parser has done the rest (WHATWG URL, 3.5). */
export function toHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/**
 * The allowed hosts in the spelling that `toHost` gives.
 * @throws TypeError when one of them is not a host
 */
export function parseAllowedHosts(entries: readonly AllowedHost[]): AllowedHost[] {
  return entries.map(({ host, port }) => {
    const bare = host.replace(/^\[(.*)\]$/, '$1');
    const url = new URL(`http://${bare.includes(':') ? `[${bare}]` : bare}/`);
    if (url.username !== '' || url.port !== '' || url.pathname !== '/' || url.search !== '') {
      throw new TypeError(`${JSON.stringify(host)} is not a host`);
    }
    return { host: toHost(url), port };
  });
}

/** Whether the operator opened this host on this port, whatever its addresses are. */
export function isAllowedHost(url: URL, allowHosts: readonly AllowedHost[]): boolean {
  const host = toHost(url);
  const port = toPort(url);
  return allowHosts.some((allowed) => allowed.host === host && (allowed.port === null || allowed.port === port));
}

/** Why an address may not be asked for, completing "uri …", or null when it may. */
export function findUrlFlaw(url: URL, allowHosts: readonly AllowedHost[]): string | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'must begin with https://, http://, s3://, gs:// or azblob://';
  }
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  if (!DEFAULT_PORTS.includes(toPort(url)) && !isAllowedHost(url, allowHosts)) return 'must use port 80 or 443';
  return null;
}

/**
 * An http or https address that may be asked for.
 * @param field what the refusal calls it
 * @throws GatewayError `invalid_input` on a malformed or forbidden one
 */
export function parseFetchUrl(uri: string, allowHosts: readonly AllowedHost[], field = 'uri'): URL {
  // The URL parser repairs all of these in silence; other parsers on the way do it differently, and there bypasses live.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]/i.test(uri)) throw invalidInput(field, 'must be an absolute URI');
  if (/[\p{Cc}\s\\]/u.test(uri)) {
    throw invalidInput(field, 'must not contain spaces, control characters or backslashes; percent-encode them');
  }
  const url = URL.parse(uri);
  if (url === null) throw invalidInput(field, 'must be a valid URI');
  const flaw = findUrlFlaw(url, allowHosts);
  if (flaw !== null) throw invalidInput(field, flaw);
  url.hash = '';
  return url;
}

/**
 * Where a redirect leads, judged like any address, and never from https down to http.
 * @throws GatewayError `remote_failed`, the target in its cause
 */
export function parseRedirect(from: URL, location: string, allowHosts: readonly AllowedHost[]): URL {
  // Backslashes, and a scheme without slashes, are read in two ways by two parsers.
  const isOdd = /[\p{Cc}\\]|^[a-z][a-z0-9+.-]*:(?!\/\/)/iu.test(location);
  const to = URL.parse(location, from);
  const cause = new Error(`redirected to ${JSON.stringify(toOriginalUri(to?.href ?? location).slice(0, 500))}`);
  if (isOdd || to === null || findUrlFlaw(to, allowHosts) !== null) {
    throw remoteFailed('the remote redirected to an address that may not be fetched', cause);
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw remoteFailed('the remote redirected from https to http; that is not followed', cause);
  }
  to.hash = '';
  return to;
}
