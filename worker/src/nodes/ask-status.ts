// Asks a node for its status, whichever kind it is, and sees that it is the node that was meant and speaks our protocol.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { NODE_PATH, nodeStatusSchema, type NodeStatus } from '../../../protocol/node/node-api.ts';
import { NODE_PROTOCOL_VERSION, whoIsTooOld } from '../../../protocol/node/protocol-version.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askOriginStatus } from '../openai-origin/ask-origin-status.ts';
import { askNode } from './ask-node.ts';
import type { NodeTarget } from './node-target.ts';

/** How long a node has to answer before it is taken for away. */
export const STATUS_BUDGET_MS = 2_000;

/** `wasSilent`: nothing came in time; else it was refused, or could not be used. */
export type StatusAnswer = { ok: true; status: NodeStatus } | { ok: false; error: ApiError; wasSilent: boolean };

/** `error`: `node_offline` when there is no answer in time, `node_error` when what answers is not the node that was meant. */
export async function askStatus(
  caller: Pick<GatewayCall, 'env' | 'config' | 'requestId'>,
  target: NodeTarget,
  limitMs = STATUS_BUDGET_MS,
): Promise<StatusAnswer> {
  try {
    const status =
      target.kind === 'openai'
        ? await askOriginStatus(caller, target, limitMs)
        : await askOwnNode(caller, target, limitMs);
    return { ok: true, status };
  } catch (error) {
    const wasSilent = error instanceof ApiError && error.code === 'node_timeout';
    return { ok: false, error: describeFailure(error), wasSilent };
  }
}

async function askOwnNode(
  caller: Pick<GatewayCall, 'env' | 'config' | 'requestId'>,
  target: NodeTarget,
  timeoutMs: number,
): Promise<NodeStatus> {
  const question = { method: 'GET', path: NODE_PATH.status, timeoutMs } as const;
  const status = await askNode(caller, target, question, nodeStatusSchema);
  if (status.nodeId !== target.nodeId) throw unusable('another node answers there than the one that is meant');
  const { protocolVersion: newest, oldestProtocolVersion: oldest } = status;
  const tooOld = whoIsTooOld({ newest, oldest });
  if (tooOld !== null) {
    const whose = tooOld === 'they' ? 'node' : 'gateway';
    throw unusable(
      `the node speaks protocol ${newest}, this gateway ${NODE_PROTOCOL_VERSION}; update the ${whose}, which is too old`,
    );
  }
  return status;
}

function describeFailure(error: unknown): ApiError {
  if (!(error instanceof ApiError)) return new ApiError('node_offline', { reason: 'the status could not be read' });
  return error.code === 'node_error' ? error : new ApiError('node_offline', { reason: error.reason ?? error.code });
}

function unusable(reason: string): ApiError {
  return new ApiError('node_error', { reason });
}
