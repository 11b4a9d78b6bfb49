// Where a hop's connection may go: its name is resolved once and every address judged. It connects to nothing.
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { raceSignal } from '../../domain/flow/race-signal.ts';
import { NO_PUBLIC_ADDRESS, remoteFailed } from '../failures.ts';
import type { AllowedHost, BlockedTarget, Lookup, RemoteLimits, ResolvedAddress } from '../options.ts';
import { toOriginalUri } from '../original-uri.ts';
import type { AddressPolicy } from './address-policy.ts';
import { isAllowedHost, toHost } from './fetch-policy.ts';

export type HopJudge = {
  readonly isGlobalUnicast: AddressPolicy;
  readonly allowHosts: readonly AllowedHost[];
  readonly lookup: Lookup;
  readonly limits: Pick<RemoteLimits, 'lookupTimeoutMs' | 'refusalStepMs'>;
  readonly onBlocked: (target: BlockedTarget) => void;
};

// A machine's own public address leads to services that trust it, past any firewall in front of it.
function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((entries) => entries?.some((entry) => entry.address === address));
}

async function lookUp(host: string, judge: HopJudge, signal: AbortSignal): Promise<readonly ResolvedAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const timeout = AbortSignal.timeout(judge.limits.lookupTimeoutMs);
  const addresses = await raceSignal(judge.lookup(host), AbortSignal.any([signal, timeout]));
  if (addresses.length === 0) throw new Error(`no address for ${host}`);
  return addresses;
}

/**
 * The addresses that a connection for `url` may go to; there is no other look-up after this one.
 * @throws GatewayError `remote_failed`, the same for a refused address and for a name without one: answered at a multiple
 *   of `refusalStepMs`, so that a caller cannot tell what our resolver knows
 */
export async function resolveHop(
  url: URL,
  options: { readonly judge: HopJudge; readonly signal: AbortSignal },
): Promise<readonly ResolvedAddress[]> {
  const { judge, signal } = options;
  const startedAtMs = performance.now();
  const host = toHost(url);

  async function refuse(reason: string, details: { addresses: readonly string[]; cause?: unknown }): Promise<never> {
    judge.onBlocked({ uri: toOriginalUri(url.href), host, addresses: details.addresses, reason });
    const spentMs = performance.now() - startedAtMs;
    const stepMs = judge.limits.refusalStepMs;
    await delay(Math.max(1, Math.ceil(spentMs / stepMs)) * stepMs - spentMs, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    throw remoteFailed(NO_PUBLIC_ADDRESS, details.cause);
  }

  let found: readonly ResolvedAddress[];
  try {
    found = await lookUp(host, judge, signal);
  } catch (error) {
    signal.throwIfAborted();
    return refuse('the name could not be resolved', { addresses: [], cause: error });
  }
  if (isAllowedHost(url, judge.allowHosts)) return found;
  const addresses = found.map(({ address }) => address);
  if (!addresses.every(judge.isGlobalUnicast)) return refuse('an address is not global unicast', { addresses });
  if (addresses.some(isOwnAddress)) return refuse('an address is one of this machine', { addresses });
  return found;
}
