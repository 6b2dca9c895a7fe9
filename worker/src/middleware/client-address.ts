// The client's address: its one home, with a stated trust. Headers say whatever a caller wants them to say, so one is believed
// only where the operator said who writes it.
import type { GatewayConfig } from '../config/gateway-config-schema.ts';

/** Nothing that proxies write is longer: the longest IPv6 address (45), brackets, a port, the name of a network interface. */
const MAX_WRITTEN_LENGTH = 80;
/** Four numbers, and the port that some proxies append. */
const IPV4 = /^(\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5})?$/;
/** Hexadecimal groups, alone or in brackets (RFC 3986, 3.2.2) with or without a port; an interface's name (RFC 4007) is cut off. */
const IPV6 = /^(?:([0-9A-Fa-f:.]{2,45})(?:%[\w.-]+)?|\[([0-9A-Fa-f:.]{2,45})(?:%[\w.-]+)?\](?::\d{1,5})?)$/;

/**
 * The address that the trusted party wrote: Cloudflare's `CF-Connecting-IP`, or the last entry of `X-Forwarded-For`, which is the
 * one that the operator's own proxy appended (entries before it are the caller's word). Without brackets, port and interface.
 * Null when nobody is trusted, or when what stands there is no address.
 */
export function clientAddress(headers: Headers, trust: GatewayConfig['clientAddressTrust']): string | null {
  if (trust === 'none') return null;
  const written = trust === 'cloudflare' ? headers.get('cf-connecting-ip') : lastEntry(headers.get('x-forwarded-for'));
  return written === null || written.length > MAX_WRITTEN_LENGTH ? null : bareAddress(written);
}

function bareAddress(written: string): string | null {
  const ipv4 = IPV4.exec(written)?.[1];
  if (ipv4 !== undefined) return ipv4;
  const [, plain, bracketed] = IPV6.exec(written) ?? [];
  const ipv6 = plain ?? bracketed;
  // Two colons at least: anything else is a number or a broken IPv4 address.
  return ipv6 !== undefined && ipv6.indexOf(':') !== ipv6.lastIndexOf(':') ? ipv6 : null;
}

function lastEntry(list: string | null): string | null {
  return list?.slice(list.lastIndexOf(',') + 1).trim() ?? null;
}
