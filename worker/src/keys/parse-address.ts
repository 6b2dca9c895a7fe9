// Texts as IP addresses, strictly: four decimal parts or IPv6, without a zone. An IPv4 address that is written inside IPv6
// (`::ffff:192.0.2.1`, RFC 4291, 2.5.5.2) is the IPv4 address.
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** The address, or null for what is none: octal, short and hexadecimal forms of IPv4 mean different things to different programs. */
export function parseAddress(text: string): IpAddress | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
