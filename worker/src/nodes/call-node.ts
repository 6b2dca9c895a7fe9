// One signed call to the node: claims and headers are built here, header by header; nothing of the client's request is
// passed on by itself.
import type { KeyPriority } from '../../../protocol/admin/key-priority.ts';
import { HEADER } from '../../../protocol/headers.ts';
import {
  EMPTY_BODY_DIGEST,
  NODE_CALL_ISSUER,
  NODE_CALL_LIFETIME_SECONDS,
  type NodeCallClaims,
} from '../../../protocol/node/node-call-token.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { utf8Bytes } from '../isolate/utf8-bytes.ts';
import { digestBriefly } from '../keys/digest-briefly.ts';
import { nowSeconds } from '../usage/calendar.ts';
import { signNodeCall } from './node-call-signer.ts';
import type { NodeTarget } from './node-target.ts';
import { fetchFromNode } from './node-fetch.ts';

const JSON_TYPE = 'application/json';

/** Who pays for a call and what names it; absent on the gateway's own calls. */
export type CallIdentity = {
  accountId: string;
  keyId: string;
  callId: string;
  attempt: number;
  priority: KeyPriority;
};

export type NodeCall = {
  method: 'GET' | 'POST';
  /** Path and query. */
  path: string;
  /** JSON. */
  body?: string;
  accept: 'application/json' | 'text/event-stream';
  /** The boot that the call is for; absent only for the status, which tells it. */
  bootId?: string;
  identity?: CallIdentity;
  ender: AbortController;
};

/** Signs and sends. Resolves with whatever status the node answers; throws as `fetchFromNode` does. */
export async function callNode(
  gateway: Pick<GatewayCall, 'env' | 'config' | 'requestId'>,
  target: NodeTarget,
  call: NodeCall,
): Promise<Response> {
  const { config } = gateway;
  // Encoded once: for the digest and for the wire.
  const body = call.body === undefined ? undefined : utf8Bytes(call.body);
  const digest = body === undefined ? EMPTY_BODY_DIGEST : await digestBriefly(body);
  const token = await signNodeCall(config.nodeSigningKey, buildClaims(target.nodeId, call, digest));
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    accept: call.accept,
    [HEADER.requestId]: gateway.requestId,
  };
  if (body !== undefined) headers['content-type'] = JSON_TYPE;
  const { method, path, ender } = call;
  return fetchFromNode(gateway, target, {
    method,
    path,
    headers,
    ender,
    ...(body === undefined ? {} : { body }),
  });
}

function buildClaims(nodeId: string, call: NodeCall, digest: string): NodeCallClaims {
  const issuedAt = nowSeconds();
  const claims: NodeCallClaims = {
    iss: NODE_CALL_ISSUER,
    aud: nodeId,
    iat: issuedAt,
    exp: issuedAt + NODE_CALL_LIFETIME_SECONDS,
    jti: call.identity === undefined ? crypto.randomUUID() : `${call.identity.callId}.${call.identity.attempt}`,
    htm: call.method,
    htu: call.path,
    bdy: digest,
    cty: call.body === undefined ? '' : JSON_TYPE,
  };
  if (call.bootId !== undefined) claims.boot = call.bootId;
  if (call.identity !== undefined) {
    claims.sub = call.identity.accountId;
    claims.call = call.identity.callId;
    claims.att = call.identity.attempt;
    claims.key = call.identity.keyId;
    claims.pri = call.identity.priority;
  }
  return claims;
}
