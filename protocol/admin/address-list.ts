// From where a key may be used: addresses and networks in CIDR notation (RFC 4632, RFC 4291).
import * as z from 'zod';

const MAX_NETWORKS = 64;
/** The longest IPv6 address and `/128`. */
const MAX_NETWORK_LENGTH = 49;

/** An IPv4 or IPv6 address, or a network such as `10.0.0.0/8`. */
export const networkSchema = z
  .string()
  .max(MAX_NETWORK_LENGTH)
  .pipe(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'must be an IP address or a network such as 10.0.0.0/8'));

export const addressListSchema = z
  .array(networkSchema)
  .min(1)
  .max(MAX_NETWORKS)
  .nullable()
  .meta({ description: 'The client addresses (IP or CIDR) from which the key may be used; null: any.' });
