// Does this call come from the gateway, just now, for this node, for exactly this method, path, content type and body, and
// for the first time? Everything that is not so is refused. Identity comes from the claims alone.
import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import {
  EMPTY_BODY_DIGEST,
  NODE_CALL_ALGORITHM,
  NODE_CALL_CLOCK_TOLERANCE_SECONDS,
  NODE_CALL_ISSUER,
  NODE_CALL_LIFETIME_SECONDS,
  nodeCallClaimsSchema,
  type NodeCallClaims,
} from '../../protocol/node/node-call-token.ts';
import { NODE_PATH } from '../../protocol/node/node-api.ts';
import { isCanonicalTarget } from './canonical-target.ts';
import type { GatewayKeys } from './gateway-keys.ts';
import type { ReplayGuard } from './replay-guard.ts';

/** A call as it came in, before anything about it is believed. */
export type IncomingCall = {
  method: string;
  /** Path and query exactly as received. */
  target: string;
  /** The Authorization header. */
  authorization: string | undefined;
  /** Content type exactly as received; empty when there is none. */
  contentType: string;
  /** Reads the whole body, once; asked for only when the signature holds. Throws an `ApiError` when it is too large. */
  readBody: () => Promise<Uint8Array>;
};

/** Why a call was refused: for the log and the counter, never for the caller. */
export type CallRefusal =
  | 'no_token'
  | 'bad_token'
  | 'bad_claims'
  | 'lives_too_long'
  | 'other_request'
  | 'not_canonical'
  | 'other_body'
  | 'other_boot'
  | 'replayed'
  | 'guard_full';

export type VerifiedCall = { claims: NodeCallClaims; body: Uint8Array };
export type VerifyResult =
  { verified: true; call: VerifiedCall } | { verified: false; reason: CallRefusal; detail: string | null };

export type CallVerifierOptions = {
  keys: GatewayKeys;
  nodeId: string;
  bootId: string;
  replayGuard: ReplayGuard;
  /** Unix time in milliseconds. */
  now?: () => number;
};

export type CallVerifier = (call: IncomingCall) => Promise<VerifyResult>;

const BEARER = /^Bearer ([A-Za-z0-9_.-]+)$/i;
/** A token with every claim at its longest is some 4 KB. */
const MAX_AUTHORIZATION_LENGTH = 8192;

/** Makes the check. */
export function createCallVerifier(options: CallVerifierOptions): CallVerifier {
  const now = options.now ?? Date.now;
  return async function verifyCall(incoming) {
    const token = readBearer(incoming.authorization);
    if (token === null) return refuse('no_token');
    const at = now();
    const claims = await verifyToken(token, options.keys, options.nodeId, at);
    if ('verified' in claims) return claims;
    const mismatch = findMismatch(claims, incoming);
    if (mismatch !== null) return refuse(mismatch);
    const body = await incoming.readBody();
    if (digestOf(body) !== claims.bdy) return refuse('other_body');
    const learnsBoot = claims.htm === 'GET' && incoming.target === NODE_PATH.status;
    if (!learnsBoot && claims.boot !== options.bootId) return refuse('other_boot');
    // Last, and synchronous: of two equal calls at once exactly one passes, and a refused call does not use up its id.
    const seen = options.replayGuard.admit(claims.jti, (claims.exp + NODE_CALL_CLOCK_TOLERANCE_SECONDS) * 1000, at);
    if (seen !== 'fresh') return refuse(seen === 'full' ? 'guard_full' : 'replayed');
    return { verified: true, call: { claims, body } };
  };
}

async function verifyToken(
  token: string,
  keys: GatewayKeys,
  nodeId: string,
  at: number,
): Promise<NodeCallClaims | Extract<VerifyResult, { verified: false }>> {
  let payload: unknown;
  try {
    const verified = await jwtVerify(token, keys.find, {
      algorithms: [NODE_CALL_ALGORITHM],
      issuer: NODE_CALL_ISSUER,
      audience: nodeId,
      maxTokenAge: NODE_CALL_LIFETIME_SECONDS,
      clockTolerance: NODE_CALL_CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'jti'],
      currentDate: new Date(at),
    });
    payload = verified.payload;
  } catch (error) {
    // Whatever jose or the platform's crypto object to: the token is not good. Its code says why, for the log.
    return refuse('bad_token', error instanceof errors.JOSEError ? error.code : 'unexpected');
  }
  const claims = nodeCallClaimsSchema.safeParse(payload);
  if (!claims.success) return refuse('bad_claims', String(claims.error.issues[0]?.path[0]));
  if (claims.data.exp - claims.data.iat > NODE_CALL_LIFETIME_SECONDS) return refuse('lives_too_long');
  return claims.data;
}

function findMismatch(claims: NodeCallClaims, incoming: IncomingCall): CallRefusal | null {
  if (claims.htm !== incoming.method || claims.htu !== incoming.target) return 'other_request';
  if (claims.cty !== incoming.contentType) return 'other_request';
  return isCanonicalTarget(incoming.target) ? null : 'not_canonical';
}

function digestOf(body: Uint8Array): string {
  return body.length === 0 ? EMPTY_BODY_DIGEST : hash('sha256', body, 'base64url');
}

function readBearer(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > MAX_AUTHORIZATION_LENGTH) return null;
  return BEARER.exec(authorization)?.[1] ?? null;
}

function refuse(reason: CallRefusal, detail: string | null = null): Extract<VerifyResult, { verified: false }> {
  return { verified: false, reason, detail };
}
