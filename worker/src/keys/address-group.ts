// Which addresses count as one client: an IPv4 address is one, an IPv6 network of 64 bits is one, since that is the least that
// anybody is given (RFC 6177), and whoever has it has all of its addresses.
import { parseAddress } from './parse-address.ts';

const GROUPS_OF_NETWORK = 4;
const HEXADECIMAL = 16;

/** `192.0.2.1` → itself, `2001:db8::1` → `2001:db8:0:0::/64`; null when the address is not known, or is none. */
export function addressGroup(address: string | null): string | null {
  const parsed = address === null ? null : parseAddress(address);
  if (parsed === null) return null;
  if (!('parts' in parsed)) return parsed.toString();
  const network = parsed.parts.slice(0, GROUPS_OF_NETWORK).map((group) => group.toString(HEXADECIMAL));
  return `${network.join(':')}::/64`;
}
