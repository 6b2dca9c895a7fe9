// One request to a server of another maker (vLLM, llama-server, Ollama, another Hearthkey). Its headers are these and no others: the client's
// key never goes there.
import { HEADER } from '../../../protocol/headers.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { fetchFromNode } from '../nodes/node-fetch.ts';
import type { OpenAiTarget } from '../nodes/node-target.ts';

export type OriginQuestion = {
  path: string;
  /** JSON; absent: a GET. */
  body?: string;
  accept: 'application/json' | 'text/event-stream';
  ender: AbortController;
};

const encoder = new TextEncoder();

/** Resolves with whatever status it answers; throws as `fetchFromNode` does. */
export function askOrigin(
  gateway: Pick<GatewayCall, 'env' | 'requestId'>,
  target: OpenAiTarget,
  { path, body, accept, ender }: OriginQuestion,
): Promise<Response> {
  const headers: Record<string, string> = { accept, [HEADER.requestId]: gateway.requestId };
  if (target.bearer !== null) headers['authorization'] = `Bearer ${target.bearer}`;
  if (body === undefined) return fetchFromNode(gateway, target, { method: 'GET', path, headers, ender });
  headers['content-type'] = 'application/json';
  const bytes = new Uint8Array(encoder.encode(body));
  return fetchFromNode(gateway, target, { method: 'POST', path, headers, body: bytes, ender });
}
