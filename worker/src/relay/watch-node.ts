// Looks now and then whether the node that holds a call still answers: a process that is stopped, or a network that swallows everything,
// keeps its connections and is silent.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import type { NodeTarget } from '../nodes/node-target.ts';
import { probeNode } from '../nodes/node-sights.ts';

/** A node that has said nothing for so long is looked at for the first time, and then as often. Milliseconds. */
const FIRST_LOOK_MS = 2_000;
const LOOK_EVERY_MS = 5_000;
/** With no other node to go to, a silent one has this long to come back, in milliseconds. */
const PATIENCE_MS = 15_000;

export type NodeWatch = {
  /** Aborted with `node_offline` when the node is given up. */
  ender: AbortController;
  /** Whether another node could still answer: then the first look that fails is enough. */
  mayLeave: () => boolean;
};

/** Watches until it is told to stop. */
export function watchNode(gateway: GatewayCall, target: NodeTarget, { ender, mayLeave }: NodeWatch): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout>;
  let answeredMs = Date.now();
  const look = async (): Promise<void> => {
    const answers = await probeNode(gateway, target);
    if (stopped) return;
    if (answers) answeredMs = Date.now();
    else if (mayLeave() || Date.now() - answeredMs >= PATIENCE_MS) {
      ender.abort(new ApiError('node_offline', { reason: 'the node is silent' }));
      return;
    }
    lookLater(LOOK_EVERY_MS);
  };
  const lookLater = (inMs: number): void => {
    timer = setTimeout(() => void look(), inMs);
  };
  lookLater(FIRST_LOOK_MS);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
