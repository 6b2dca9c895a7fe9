// GET /_node/status: who this node is, what it serves, how loaded it is, and what of its journal waits for the gateway.
import type { Handler } from 'hono';
import type { NodeStatus } from '../../../protocol/node/node-api.ts';
import { NODE_PROTOCOL_VERSION, OLDEST_NODE_PROTOCOL_VERSION } from '../../../protocol/node/protocol-version.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';

export function nodeStatus({ engine, calls, journal, nodeId, bootId, version }: NodeServices): Handler<NodeEnv> {
  return function answerStatus(context) {
    const status: NodeStatus = {
      protocolVersion: NODE_PROTOCOL_VERSION,
      oldestProtocolVersion: OLDEST_NODE_PROTOCOL_VERSION,
      nodeId,
      bootId,
      version,
      draining: calls.draining,
      engine: engine.state,
      models: [...engine.models()],
      journal: journal.backlog,
    };
    return context.json(status);
  };
}
