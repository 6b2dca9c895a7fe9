// What kind of place a URL's host is, judged by how it is written. The URL parser has already turned every odd spelling of an IPv4
// address (decimal, octal, hexadecimal, short) into four numbers. What a name resolves to cannot be seen here.

/** `forbidden`: no server of models is there: metadata services, link-local, multicast and unassigned addresses. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'forbidden';

/** Longest match first. */
const IPV4_NETWORKS: readonly (readonly [network: string, bits: number, kind: AddressKind])[] = [
  ['100.100.100.200', 32, 'forbidden'], // metadata of Alibaba Cloud, inside 100.64/10
  ['192.0.0.0', 24, 'forbidden'], // protocol assignments (RFC 6890); metadata of Oracle Cloud
  ['192.168.0.0', 16, 'private'],
  ['169.254.0.0', 16, 'forbidden'], // link-local (RFC 3927); metadata of most clouds
  ['172.16.0.0', 12, 'private'],
  ['100.64.0.0', 10, 'private'], // shared addresses (RFC 6598); Tailscale
  ['0.0.0.0', 8, 'forbidden'],
  ['10.0.0.0', 8, 'private'],
  ['127.0.0.0', 8, 'loopback'],
  ['224.0.0.0', 3, 'forbidden'], // multicast, reserved, broadcast
];

/** The metadata service of AWS, inside the private fd00::/8. */
const AWS_METADATA = 'fd00:ec2::254';
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'instance-data',
  'instance-data.ec2.internal',
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
]);
/** Names that no public server has; those of a tailnet are reached through its encrypted tunnel only. */
const PRIVATE_SUFFIXES = ['.home.arpa', '.internal', '.lan', '.local', '.ts.net'];
const GROUPS = 8;

/** `hostname`: as `new URL(…).hostname` gives it. */
export function addressKind(hostname: string): AddressKind {
  if (hostname.startsWith('[')) return ipv6Kind(hostname.slice(1, -1));
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return ipv4Kind(ipv4Number(hostname));
  const name = hostname.replace(/\.+$/, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  if (METADATA_NAMES.has(name)) return 'forbidden';
  return !name.includes('.') || PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix)) ? 'private' : 'public';
}

function ipv4Kind(address: number): AddressKind {
  const found = IPV4_NETWORKS.find(
    ([network, bits]) => Math.floor(address / 2 ** (32 - bits)) === Math.floor(ipv4Number(network) / 2 ** (32 - bits)),
  );
  return found?.[2] ?? 'public';
}

function ipv4Number(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** An IPv4 address inside an IPv6 one is judged as itself. */
function ipv6Kind(text: string): AddressKind {
  if (text === AWS_METADATA) return 'forbidden';
  const groups = ipv6Groups(text);
  const [first = 0, second = 0, third = 0] = groups;
  const last = groups.slice(-2).reduce((sum, group) => sum * 65_536 + group, 0);
  const leading = groups.slice(0, 6);
  if (leading.every((group) => group === 0)) return last === 1 ? 'loopback' : ipv4Kind(last);
  if (leading.slice(0, 5).every((group) => group === 0) && leading[5] === 0xffff) return ipv4Kind(last);
  // Translated (RFC 6052, RFC 8215) and tunnelled (RFC 3056) IPv4.
  if (first === 0x64 && second === 0xff9b) return ipv4Kind(last);
  if (first === 0x2002) return ipv4Kind(second * 65_536 + third);
  if (first >= 0xff00 || (first >= 0xfe80 && first < 0xff00)) return 'forbidden'; // multicast, link-local, site-local
  return first >= 0xfc00 && first < 0xfe00 ? 'private' : 'public';
}

/** The eight numbers of an IPv6 address as the URL parser writes it: no dots, at most one `::`. */
function ipv6Groups(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const before = parseGroups(head);
  if (tail === undefined) return before;
  const after = parseGroups(tail);
  return [...before, ...new Array<number>(GROUPS - before.length - after.length).fill(0), ...after];
}

function parseGroups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
