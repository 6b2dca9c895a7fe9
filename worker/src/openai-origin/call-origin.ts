// One inference call to a server of another maker, answered as one of our own nodes would, with what it cost beside it.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { endAfter } from '../nodes/end-after.ts';
import { endOf } from '../nodes/node-fetch.ts';
import type { OpenAiTarget } from '../nodes/node-target.ts';
import { askOrigin } from './ask-origin.ts';
import { buildRequest } from './build-request.ts';
import type { CallCounts } from './call-counts.ts';
import { countedStream } from './counted-stream.ts';
import { readAnswer } from './read-answer.ts';
import { readOriginFailure, unsupportedRoute } from './read-failure.ts';

/** What OpenAI's API has of what a node answers. */
const PATHS: ReadonlySet<string> = new Set([NODE_PATH.chatCompletions, NODE_PATH.completions, NODE_PATH.embeddings]);
/** An error's body comes with its headers; milliseconds. */
const FAILURE_BODY_MS = 5_000;

export type OriginCall = {
  path: string;
  /** JSON, as one of our own nodes would get it. */
  body: string;
  stream: boolean;
  /** What was reserved for the prompt. */
  promptTokens: number;
};

export type OriginAnswer = {
  /** 200, of the content type that was asked for; a whole answer has been read already. */
  response: Response;
  /** Resolves when the answer has ended. */
  counts: Promise<CallCounts>;
};

/** Resolves to a success; throws an `ApiError` for everything else. */
export async function callOrigin(
  gateway: Pick<GatewayCall, 'env' | 'requestId' | 'ender'>,
  target: OpenAiTarget,
  { path, body, stream, promptTokens }: OriginCall,
): Promise<OriginAnswer> {
  if (!PATHS.has(path)) throw unsupportedRoute(path);
  const { ender } = gateway;
  const accept = stream ? 'text/event-stream' : 'application/json';
  const request = buildRequest(body);
  const sentAtMs = Date.now();
  const response = await askOrigin(gateway, target, { path, body: request.body, accept, ender });
  if (response.status !== 200) throw await endAfter(ender, FAILURE_BODY_MS, readOriginFailure(response, path));
  if (response.headers.get('content-type')?.startsWith(accept) !== true || response.body === null) {
    await response.body?.cancel();
    throw new ApiError('node_error', { reason: `the origin's answer is not ${accept}` });
  }
  if (stream) {
    const { wantsUsage } = request;
    const counted = countedStream(response.body, { promptTokens, wantsUsage, sentAtMs, signal: ender.signal });
    return { response: new Response(counted.body), counts: counted.counts };
  }
  const answer = await readAnswer(response, promptTokens).catch((error: unknown) => {
    throw ender.signal.aborted ? endOf(ender) : error;
  });
  return { response: new Response(answer.body), counts: Promise.resolve(answer.counts) };
}
