// The client's address: its one home, with a stated trust. Headers say whatever a caller wants them to say, so one is believed
// only where the operator said who writes it.
import type { GatewayConfig } from '../config/gateway-config-schema.ts';

/** IPv4 or IPv6 in text, as proxies write it; 45 characters hold the longest IPv6. */
const ADDRESS = /^[0-9A-Fa-f:.]{2,45}$/;

/**
 * The address that the trusted party wrote: Cloudflare's `CF-Connecting-IP`, or the last entry of `X-Forwarded-For`, which is the
 * one that the operator's own proxy appended (entries before it are the caller's word). Null when nobody is trusted, or when
 * what stands there is no address.
 */
export function clientAddress(headers: Headers, trust: GatewayConfig['clientAddressTrust']): string | null {
  if (trust === 'none') return null;
  const written = trust === 'cloudflare' ? headers.get('cf-connecting-ip') : lastEntry(headers.get('x-forwarded-for'));
  return written !== null && ADDRESS.test(written) ? written : null;
}

function lastEntry(list: string | null): string | null {
  return list?.slice(list.lastIndexOf(',') + 1).trim() ?? null;
}
