// Looks now and then whether the node that holds a call still answers: a process that is stopped, or a network that swallows everything,
// keeps its connections and is silent.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import type { NodeTarget } from '../nodes/node-target.ts';
import { newsSince, probeNode } from '../nodes/node-sights.ts';

/** With another node to go to: how often a node that has said nothing is looked at, and how long it may take to answer. Milliseconds. */
const SOON_MS = 500;
const ANSWER_MS = 1_500;
/** Without one: when it is looked at for the first time, and then how often. */
const FIRST_LOOK_MS = 2_000;
const LOOK_EVERY_MS = 5_000;
/** While another call looks: how soon to see what it found. */
const NEWS_MS = 100;
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
  let takeBack: () => void;
  let answeredMs = steadyNow();
  let lookedMs = answeredMs;
  const look = async (): Promise<void> => {
    const news = newsSince(gateway.config, target, lookedMs);
    if (news === 'looked at') {
      lookLater(NEWS_MS);
      return;
    }
    const answers =
      news === null ? await probeNode(gateway, target, mayLeave() ? ANSWER_MS : undefined) : news === 'lives';
    if (stopped) return;
    lookedMs = steadyNow();
    if (answers) answeredMs = lookedMs;
    else if (mayLeave() || lookedMs - answeredMs >= PATIENCE_MS) {
      ender.abort(new ApiError('node_offline', { reason: 'the node is silent' }));
      return;
    }
    lookLater(mayLeave() ? SOON_MS : LOOK_EVERY_MS);
  };
  const lookLater = (inMs: number): void => {
    takeBack = gateway.clock.after(inMs, () => void look());
  };
  lookLater(mayLeave() ? SOON_MS : FIRST_LOOK_MS);
  return () => {
    stopped = true;
    takeBack();
  };
}
