// The gateway's key for signing calls to nodes, as a JSON Web Key (RFC 8037: OKP, Ed25519). The private half is a secret of the
// gateway; nodes hold the public half in a JWKS. `kid` lets two keys be current while one replaces the other.
import * as z from 'zod';

/** The private key, as the secret `NODE_SIGNING_KEY` holds it. */
export const nodeSigningKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1).max(64),
  x: z.string().length(43),
  d: z.string().length(43),
});

/** The public half, as it is published and as nodes hold it. One that has its private half is refused. */
export const nodePublicKeySchema = nodeSigningKeySchema
  .omit({ d: true })
  .extend({ d: z.undefined({ error: 'd is there: this is a private key' }).optional() })
  .transform(({ kty, crv, kid, x }) => ({ kty, crv, kid, x }));

/** Where the gateway publishes its public keys (RFC 8615 names the folder, RFC 7517 the form). */
export const JWKS_PATH = '/.well-known/jwks.json';
/** Old, current and next: more is a mistake. */
export const MAX_PUBLISHED_KEYS = 8;

export type NodePublicKey = z.infer<typeof nodePublicKeySchema>;
export type NodeSigningKey = z.infer<typeof nodeSigningKeySchema>;
