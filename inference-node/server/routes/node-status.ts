// GET /_node/status: who this node is, what it serves, how loaded it is.
import type { Handler } from 'hono';
import { NODE_PROTOCOL_VERSION, type NodeStatus } from '../../../protocol/node/node-api.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';

export function nodeStatus({ engine, calls, nodeId, bootId, version }: NodeServices): Handler<NodeEnv> {
  return function answerStatus(context) {
    const status: NodeStatus = {
      protocolVersion: NODE_PROTOCOL_VERSION,
      nodeId,
      bootId,
      version,
      draining: calls.draining,
      engine: engine.state,
      models: [...engine.models()],
    };
    return context.json(status);
  };
}
