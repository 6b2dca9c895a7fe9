// `GET /.well-known/jwks.json`: the public keys of the calls to nodes, so that a node at an address follows when they are replaced.
import * as z from 'zod';
import { NODE_CALL_ALGORITHM } from '../../../protocol/node/node-call-token.ts';
import { JWKS_PATH, MAX_PUBLISHED_KEYS } from '../../../protocol/node/node-signing-key.ts';
import { publishedKeys } from '../nodes/published-keys.ts';
import { defineRoute } from './define-route.ts';

/** A rotation takes longer, and who finds a key missing asks past the caches. */
const CACHE_SECONDS = 300;

const publishedKeySchema = z
  .strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    kid: z.string(),
    x: z.string().meta({ description: 'The public key, base64url.' }),
    alg: z.literal(NODE_CALL_ALGORITHM),
    use: z.literal('sig'),
  })
  .meta({ id: 'GatewayKey' });

export const gatewayKeySetSchema = z
  .strictObject({ keys: z.array(publishedKeySchema).min(1).max(MAX_PUBLISHED_KEYS) })
  .meta({ id: 'GatewayKeySet' });

export const gatewayKeysRoute = defineRoute({
  method: 'GET',
  path: JWKS_PATH,
  access: 'public',
  tag: 'Nodes',
  summary: 'The keys that this gateway signs its calls to nodes with.',
  description:
    'A JSON Web Key Set (RFC 7517): the public key in use, first, and while it is being replaced the one before or after it. ' +
    'A node started with `--gateway-keys URL` reads it.',
  responses: {
    200: { description: 'The key set.', schema: gatewayKeySetSchema, contentType: 'application/jwk-set+json' },
  },
  handler(context) {
    const keys = publishedKeys(context.get('config')).map(
      (key) => ({ ...key, alg: NODE_CALL_ALGORITHM, use: 'sig' }) as const,
    );
    return new Response(JSON.stringify({ keys } satisfies z.infer<typeof gatewayKeySetSchema>), {
      headers: { 'content-type': 'application/jwk-set+json', 'cache-control': `public, max-age=${CACHE_SECONDS}` },
    });
  },
});
