// Asks the gateway, over HTTP, whom the node's token belongs to and with which keys it signs. What goes wrong here is told to the
// operator in words: a WebSocket that is refused does not say why.
import * as z from 'zod';
import { LINK_PATH, linkHelloSchema } from '../../protocol/node/node-link.ts';
import { fetchGatewayJson } from '../call-auth/fetch-gateway-json.ts';
import { gatewayKeySetSchema, type GatewayKeySet } from '../config/gateway-key-set.ts';
import { NODE_PROTOCOL_VERSION, whoIsTooOld } from '../../protocol/node/protocol-version.ts';
import type { LinkTarget } from '../config/link-target.ts';

/** Any other refusal is somebody else's who stands in between, and may go away. */
const isRefusal = z.object({ error: z.object({ code: z.literal('invalid_node_token') }) });

export type LinkHello = { nodeId: string; keySet: GatewayKeySet };

/** `final`: no try later will go better. */
export type LinkHelloResult = { ok: true; hello: LinkHello } | { ok: false; final: boolean; problem: string };

/** Never rejects. */
export async function askForHello({ gateway, token }: LinkTarget): Promise<LinkHelloResult> {
  const answer = await fetchGatewayJson(gateway + LINK_PATH, { authorization: `Bearer ${token}` });
  if (answer === null) return { ok: false, final: false, problem: `no gateway answers at ${gateway}` };
  const { status, value } = answer;
  if (isRefusal.safeParse(value).success) {
    const problem = `${gateway} does not accept this node token; \`hearthkey nodes rotate\` makes a new one`;
    return { ok: false, final: true, problem };
  }
  const hello = linkHelloSchema.safeParse(value);
  const keys = gatewayKeySetSchema.safeParse(hello.data?.jwks);
  if (status !== 200 || !hello.success || !keys.success) {
    return { ok: false, final: false, problem: `${gateway} answered ${status}, and not as a gateway that takes links` };
  }
  const { node_id: nodeId, protocol_version: newest, oldest_protocol_version: oldest } = hello.data;
  const tooOld = whoIsTooOld({ newest, oldest });
  if (tooOld === null) return { ok: true, hello: { nodeId, keySet: keys.data } };
  const whose = tooOld === 'they' ? 'gateway' : 'node';
  const problem = `the gateway speaks protocol ${newest}, this node ${NODE_PROTOCOL_VERSION}; update the ${whose}, which is too old`;
  return { ok: false, final: true, problem };
}
