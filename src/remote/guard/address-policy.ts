// Which addresses the gateway may connect to by itself: global unicast and nothing else, whatever they are dressed as.
import { BlockList, isIP, isIPv4 } from 'node:net';

// IANA's special-purpose registries (RFC 6890 and its updates) and the metadata services of clouds that sit outside them.
const REFUSED_IPV4 = [
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // carrier-grade NAT, RFC 6598; Alibaba's metadata at 100.100.100.200
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's wire server: a public range, a private service
  '169.254.0.0/16', // link-local, RFC 3927; metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // IETF protocol assignments; Oracle's metadata at 192.0.0.192
  '192.0.2.0/24', // documentation, RFC 5737
  '192.31.196.0/24', // AS112, RFC 7535
  '192.52.193.0/24', // AMT, RFC 7450
  '192.88.99.0/24', // 6to4 relay, RFC 7526
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112, RFC 7534
  '198.18.0.0/15', // benchmark, RFC 2544
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
] as const;

// Only 2000::/3 is handed out as global unicast (RFC 4291), so mapped, compatible, NAT64, ULA, link-local, site-local,
// multicast, discard-only and SRv6 addresses fall away before this list is asked.
const GLOBAL_IPV6 = '2000::/3';
const REFUSED_IPV6 = [
  '2001::/23', // protocol assignments: Teredo (RFC 4380), ORCHID (RFC 7343), benchmark
  '2001:db8::/32', // documentation, RFC 3849
  '2002::/16', // 6to4 carries any IPv4 address inside, RFC 3056
  '2620:4f:8000::/48', // AS112
  '3ffe::/16', // 6bone, given back
  '3fff::/20', // documentation, RFC 9637
] as const;

/** Whether an address is global unicast. False for anything that is not an address, or names a zone. */
export type AddressPolicy = (address: string) => boolean;

function createNetworks(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base, bits] = network.split('/');
    list.addSubnet(base as string, Number(bits), family);
  }
  return list;
}

/** The address policy; pure, and worth building once. */
export function createAddressPolicy(): AddressPolicy {
  const refusedIpv4 = createNetworks(REFUSED_IPV4, 'ipv4');
  const refusedIpv6 = createNetworks(REFUSED_IPV6, 'ipv6');
  const globalIpv6 = createNetworks([GLOBAL_IPV6], 'ipv6');
  return (address) => {
    if (isIP(address) === 0 || address.includes('%')) return false;
    if (isIPv4(address)) return !refusedIpv4.check(address, 'ipv4');
    return globalIpv6.check(address, 'ipv6') && !refusedIpv6.check(address, 'ipv6');
  };
}
