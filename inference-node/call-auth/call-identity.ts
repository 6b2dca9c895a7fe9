// Who an inference call is for, from its signed claims alone: never from a header, never from the body.
import type { NodeCallClaims } from '../../protocol/node/node-call-token.ts';

export type CallIdentity = {
  callId: string;
  /** 1 for the first node tried. */
  attempt: number;
  account: string;
  keyId: string;
};

/** The identity, or null when a claim that an inference call needs is missing. */
export function readCallIdentity(claims: NodeCallClaims): CallIdentity | null {
  const { sub: account, key: keyId, call: callId, att: attempt } = claims;
  if (account === undefined || keyId === undefined || callId === undefined || attempt === undefined) return null;
  return { callId, attempt, account, keyId };
}
