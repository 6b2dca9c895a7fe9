// From where a key may be used: is an address in a list of addresses and networks? Runs on every call of a key that has such a
// list, so a list is parsed once and its networks live as long as the list itself.
import { parseAddress, type IpAddress } from './parse-address.ts';

/** How many bits of an IPv6 address stand before an IPv4 address that is written inside it. */
const MAPPED_PREFIX_BITS = 96;
const ADDRESS_BITS = { ipv4: 32, ipv6: 128 } as const;

type Network = { address: IpAddress; prefixBits: number };

/** By the array itself: the parsed form goes when the list goes, so there are never more than there are lists. */
const parsedLists = new WeakMap<readonly string[], readonly Network[]>();

/**
 * True when a key with this list may be used from this address. A null list allows every address; an address that is not known,
 * or is none, is in no list. What does not parse in a list allows nobody. The list must not be changed afterwards.
 */
export function isAddressAllowed(addresses: readonly string[] | null, address: string | null): boolean {
  if (addresses === null) return true;
  const caller = address === null ? null : parseAddress(address);
  if (caller === null) return false;
  return networksOf(addresses).some((network) => contains(network, caller));
}

function contains({ address, prefixBits }: Network, caller: IpAddress): boolean {
  return address.kind() === caller.kind() && caller.match(address, prefixBits);
}

function networksOf(addresses: readonly string[]): readonly Network[] {
  let networks = parsedLists.get(addresses);
  if (networks === undefined) {
    networks = addresses.flatMap((text) => parseNetwork(text) ?? []);
    parsedLists.set(addresses, networks);
  }
  return networks;
}

/** `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`; null for anything else. */
function parseNetwork(text: string): Network | null {
  const [written = '', prefix, ...rest] = text.split('/');
  const address = parseAddress(written);
  if (address === null || rest.length > 0) return null;
  const prefixBits = readPrefix(prefix, written.includes(':') ? ADDRESS_BITS.ipv6 : ADDRESS_BITS.ipv4);
  if (prefixBits === null) return null;
  if (address.kind() === 'ipv6' || !written.includes(':')) return { address, prefixBits };
  // IPv4 written inside IPv6: the prefix counts from the front of the whole. A network that is wider than all of IPv4 holds
  // IPv6 addresses too, which nobody means: it is none.
  return prefixBits < MAPPED_PREFIX_BITS ? null : { address, prefixBits: prefixBits - MAPPED_PREFIX_BITS };
}

function readPrefix(text: string | undefined, bits: number): number | null {
  if (text === undefined) return bits;
  return /^\d{1,3}$/.test(text) && Number(text) <= bits ? Number(text) : null;
}
