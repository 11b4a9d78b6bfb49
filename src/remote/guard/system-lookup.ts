// The system's resolver, asked for every address of a name. It judges nothing.
import { lookup } from 'node:dns/promises';
import type { ResolvedAddress } from '../options.ts';

/** Every address of a name as the system knows it (its hosts file included); rejects when there is none. */
export function systemLookup(hostname: string): Promise<readonly ResolvedAddress[]> {
  return lookup(hostname, { all: true });
}
