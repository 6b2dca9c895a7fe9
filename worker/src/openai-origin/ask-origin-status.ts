// Asks a server of another maker for its models, which shows that it lives: the whole answer bounded in time and size.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { NODE_PATH, type NodeStatus } from '../../../protocol/node/node-api.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askInTime } from '../nodes/ask-in-time.ts';
import { readBoundedText } from '../nodes/read-bounded.ts';
import type { OpenAiTarget } from '../nodes/node-target.ts';
import { askOrigin } from './ask-origin.ts';
import { originModelsSchema, originStatus } from './origin-status.ts';
import { bearerRefused } from './read-failure.ts';

/** 256 models, of which llama-server tells a few kilobytes each. */
const MAX_ANSWER_BYTES = 1_048_576;

/** Throws `node_error` for an answer that cannot be used, `node_offline` or `node_timeout` for none within `timeoutMs` milliseconds. */
export function askOriginStatus(
  gateway: Pick<GatewayCall, 'env' | 'requestId'>,
  target: OpenAiTarget,
  timeoutMs: number,
): Promise<NodeStatus> {
  return askInTime(timeoutMs, (ender) => ask(gateway, target, ender));
}

async function ask(
  gateway: Pick<GatewayCall, 'env' | 'requestId'>,
  target: OpenAiTarget,
  ender: AbortController,
): Promise<NodeStatus> {
  const response = await askOrigin(gateway, target, { path: NODE_PATH.models, accept: 'application/json', ender });
  const { status } = response;
  const text = await readBoundedText(response, MAX_ANSWER_BYTES);
  if (status === 401 || status === 403) throw bearerRefused(status);
  if (status !== 200) throw unusable(`the origin answered GET ${NODE_PATH.models} with ${status}`);
  const models = originModelsSchema.safeParse(parseJson(text));
  if (!models.success) throw unusable(`the origin's answer to GET ${NODE_PATH.models} is not in OpenAI's form`);
  return originStatus(target.nodeId, models.data, target);
}

function unusable(reason: string): ApiError {
  return new ApiError('node_error', { reason });
}
