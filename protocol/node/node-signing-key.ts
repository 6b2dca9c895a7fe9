// The gateway's key for signing calls to nodes, as a JSON Web Key (RFC 8037: OKP, Ed25519). The private half is a secret of the
// gateway; nodes hold the public half in a JWKS. `kid` lets two keys be current while one replaces the other.
import { z } from 'zod';

const publicHalf = {
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1).max(64),
  x: z.string().length(43),
} as const;

/** The private key, as the secret `NODE_SIGNING_KEY` holds it. */
export const nodeSigningKeySchema = z.object({ ...publicHalf, d: z.string().length(43) });
export type NodeSigningKey = z.infer<typeof nodeSigningKeySchema>;

/** What a node is given: the public keys that it accepts, current and previous. */
export const gatewayKeySetSchema = z.object({ keys: z.array(z.object(publicHalf)).min(1).max(8) });
export type GatewayKeySet = z.infer<typeof gatewayKeySetSchema>;
