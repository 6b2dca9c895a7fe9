// The signed claims of one call from gateway to node: a JWT (RFC 7519), EdDSA over Ed25519 and nothing else, single use, at
// most 30 s old, bound to method, path with query, body digest, content type, node and the node's boot. The node takes
// identity from here only.
import * as z from 'zod';
import { keyPrioritySchema } from '../admin/key-priority.ts';
import { callIdSchema } from '../request-id.ts';

export const NODE_CALL_ALGORITHM = 'EdDSA';
export const NODE_CALL_ISSUER = 'hearthkey-gateway';
/** From signing to refusal, in seconds. */
export const NODE_CALL_LIFETIME_SECONDS = 30;
/** How far the two clocks may be apart, in seconds. */
export const NODE_CALL_CLOCK_TOLERANCE_SECONDS = 30;
/** SHA-256 of nothing, in base64url: the body digest of a call without a body. */
export const EMPTY_BODY_DIGEST = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';

const shortText = z.string().min(1).max(128);

export const nodeCallClaimsSchema = z.object({
  iss: z.literal(NODE_CALL_ISSUER),
  /** The node's id: a call for one node is worth nothing at another. */
  aud: shortText,
  /** The account that pays; absent on the gateway's own calls (status, journal). */
  sub: z
    .string()
    .regex(/^[0-9A-Za-z]{8}$/)
    .optional(),
  iat: z.int(),
  exp: z.int(),
  /** Single use. */
  jti: shortText,
  /** HTTP method, upper case. */
  htm: z.enum(['GET', 'POST']),
  /** Path and query, exactly as sent. */
  htu: z.string().startsWith('/').max(2048),
  /** SHA-256 of the body bytes, base64url; `EMPTY_BODY_DIGEST` without a body. */
  bdy: z.string().length(43),
  /** Content type exactly as sent; empty without a body. */
  cty: z.string().max(128),
  /** The node's boot id. Absent only on `GET /_node/status`, which is where the gateway learns it. */
  boot: shortText.optional(),
  /** Call id, attempt (1 for the first node tried) and key id; on inference calls. */
  call: callIdSchema.optional(),
  att: z.int().min(1).max(100).optional(),
  key: z
    .string()
    .regex(/^[0-9A-Za-z]{16}$/)
    .optional(),
  /** How urgent the call is; absent: normal, as from gateways of before this claim. */
  pri: keyPrioritySchema.optional(),
});

export type NodeCallClaims = z.infer<typeof nodeCallClaimsSchema>;
