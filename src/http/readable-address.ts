// Addresses whose percent-encoding is none. Fastify answers them itself, past every hook, so they are sent where nothing is.
import type { FastifyRequest } from 'fastify';

const UNREADABLE = '/unreadable';

/** What to route by: the address as sent, or one that no route has when its path cannot be decoded (RFC 3986, section 2.1). */
export function toReadableAddress(address: string): string {
  if (!address.includes('%')) return address;
  try {
    decodeURI(address.split(/[?#]/, 1)[0] as string);
    return address;
  } catch {
    return UNREADABLE;
  }
}

/** What is wrong with the address of a request that no route has taken; null: nothing but that. */
export function findAddressFlaw({ url, originalUrl }: FastifyRequest): string | null {
  if (url === originalUrl) return null;
  return 'the address cannot be decoded: after each % there must be two digits of UTF-8 in hex';
}
