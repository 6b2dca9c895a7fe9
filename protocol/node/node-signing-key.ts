// The gateway's key for signing calls to nodes, as a JSON Web Key (RFC 8037: OKP, Ed25519). The private half is a secret of the
// gateway; nodes hold the public half in a JWKS. `kid` lets two keys be current while one replaces the other.
import { z } from 'zod';

/** The private key, as the secret `NODE_SIGNING_KEY` holds it. */
export const nodeSigningKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1).max(64),
  x: z.string().length(43),
  d: z.string().length(43),
});

export type NodeSigningKey = z.infer<typeof nodeSigningKeySchema>;
