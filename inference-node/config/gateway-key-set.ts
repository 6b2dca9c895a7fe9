// The gateway's public keys, as JSON (RFC 7517): Ed25519 only (RFC 8037). Several at once, told apart by `kid`, so that the
// gateway's signing key can be changed while calls flow. A private key in the file is refused: it has no business here.
import * as z from 'zod';
import { MAX_PUBLISHED_KEYS } from '../../protocol/node/node-signing-key.ts';
import { parseJson } from '../../protocol/parse-json.ts';

const gatewayKeySchema = z
  .object({
    kty: z.literal('OKP', 'kty must be "OKP"'),
    crv: z.literal('Ed25519', 'crv must be "Ed25519"'),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'x must be 43 characters of base64url (32 bytes)'),
    kid: z.string().min(1).max(128).optional(),
    d: z.undefined({ error: 'd is there: this is a private key; give the node the public one' }).optional(),
  })
  .transform(({ kty, crv, x, kid }) => ({ kty, crv, x, alg: 'EdDSA', ...(kid === undefined ? {} : { kid }) }));

export const gatewayKeySetSchema = z
  .object({ keys: z.array(gatewayKeySchema).min(1, 'keys is empty').max(MAX_PUBLISHED_KEYS) })
  .refine(
    ({ keys }) => keys.length === 1 || keys.every((key) => key.kid !== undefined),
    'with several keys each needs a kid',
  )
  .refine(({ keys }) => new Set(keys.map((key) => key.kid)).size === keys.length, 'two keys have the same kid');

/** A checked JWKS, ready for `jose`. */
export type GatewayKeySet = z.infer<typeof gatewayKeySetSchema>;

export type GatewayKeySetResult = { ok: true; keySet: GatewayKeySet } | { ok: false; problem: string };

/** Parses a JWKS text; the problem is a clause such as `keys[0].crv: crv must be "Ed25519"`. */
export function parseGatewayKeySet(text: string): GatewayKeySetResult {
  const value = parseJson(text);
  if (value === undefined) return { ok: false, problem: 'it is not JSON' };
  const parsed = gatewayKeySetSchema.safeParse(value);
  if (parsed.success) return { ok: true, keySet: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return { ok: false, problem: `${where}${issue?.message ?? 'it is not a JWKS'}` };
}
