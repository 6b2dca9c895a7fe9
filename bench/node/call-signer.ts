// Signs calls to our node as its gateway does. Signed before the clock starts: what signing costs is the gateway's.
import { randomUUID, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import * as z from 'zod';
import { sha256 } from '../../protocol/credentials/digest.ts';
import { NODE_PATH, nodeStatusSchema } from '../../protocol/node/node-api.ts';
import {
  EMPTY_BODY_DIGEST,
  NODE_CALL_ALGORITHM,
  NODE_CALL_ISSUER,
  NODE_CALL_LIFETIME_SECONDS,
} from '../../protocol/node/node-call-token.ts';
import { mintCallId } from '../../protocol/request-id.ts';

/** Whose calls they are: made up, the node believes its gateway. */
const ACCOUNT_ID = 'benchacc';
const KEY_ID = 'benchaccbenchkey';
const CONTENT_TYPE = 'application/json';

export type CallSignerOptions = { origin: string; privateKey: KeyObject; keyId: string; nodeId: string };
export type CallSigner = (path: string, body: string) => Promise<Record<string, string>>;

/** Asks the node for its boot id first: calls are bound to it. */
export async function callSigner({ origin, privateKey, keyId, nodeId }: CallSignerOptions): Promise<CallSigner> {
  const sign = (claims: object): Promise<string> =>
    new SignJWT({ ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: NODE_CALL_ALGORITHM, kid: keyId })
      .setIssuer(NODE_CALL_ISSUER)
      .setAudience(nodeId)
      .setIssuedAt()
      .setExpirationTime(`${NODE_CALL_LIFETIME_SECONDS}s`)
      .sign(privateKey);
  const question = await sign({ htm: 'GET', htu: NODE_PATH.status, bdy: EMPTY_BODY_DIGEST, cty: '' });
  const answer = await fetch(origin + NODE_PATH.status, { headers: { authorization: `Bearer ${question}` } });
  const { bootId } = nodeStatusSchema.extend({ bootId: z.string() }).parse(await answer.json());
  return async (path, body) => {
    const identity = { sub: ACCOUNT_ID, key: KEY_ID, call: mintCallId(), att: 1 };
    const request = { htm: 'POST', htu: path, bdy: await sha256(body), cty: CONTENT_TYPE, boot: bootId };
    return { authorization: `Bearer ${await sign({ ...identity, ...request })}` };
  };
}
