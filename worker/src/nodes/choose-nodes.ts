// Which model of which nodes answers a call: every node that serves it, the best first. What would be a refusal is judged on statuses of
// this very moment: a model that was loaded a second ago, or an engine that is back, must not be refused on old news.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { ModelWish } from '../../../protocol/objects/node-directory.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { lookAtNodes } from './look-at-nodes.ts';
import { lastTargets } from './node-list.ts';
import type { NodeTarget } from './node-target.ts';
import {
  allowedModels,
  findCandidates,
  findWished,
  problemOf,
  type NodeCandidate,
  type NodeView,
} from './node-view.ts';
import { rankNodes } from './rank-nodes.ts';

/** `others`: to go on with, in their order, when the first one fails. All serve the model of the same id. */
export type NodeChoice =
  { ok: true; first: NodeCandidate; others: readonly NodeCandidate[] } | { ok: false; error: ApiError };

/**
 * Finds the nodes. `opening`: what the prompt begins with and whose it is; calls that begin alike go to the same node. A refusal is a
 * value: it is told only to an admitted caller.
 */
export async function chooseNodes(call: GatewayCall, wish: ModelWish, opening: () => string): Promise<NodeChoice> {
  const choose = (views: readonly NodeView[]): NodeChoice => {
    const [first, ...others] = rankNodes(call.config, findCandidates(views, wish), opening);
    return first === undefined ? { ok: false, error: describeLack(views, wish) } : { ok: true, first, others };
  };
  const usual = choose(await lookAtNodes(call, 'usual', { serves: wish }));
  return usual.ok ? usual : choose(await lookAtNodes(call, 'now', { serves: wish }));
}

/** Who serves a model at this very moment beside the node that has just failed: one may have come back since the call was chosen for. */
export async function findOthers(
  call: GatewayCall,
  { failed, modelId }: { failed: NodeTarget; modelId: string },
): Promise<readonly NodeCandidate[]> {
  const nodes = lastTargets(call.config).flatMap(({ nodeId }) => (nodeId === failed.nodeId ? [] : [nodeId]));
  if (nodes.length === 0) return [];
  const candidates = findCandidates(await lookAtNodes(call, 'now', { nodes }), modelId);
  return candidates.filter(({ model }) => model.id === modelId);
}

/** The one answer for a model that is not there and for one that the key may not use. */
export function modelNotFound(reason: string): ApiError {
  return new ApiError('model_not_found', { param: 'model', reason });
}

/** What is soon over is told before what may last. A node that was never ready serves nothing as long as another one is. */
function describeLack(views: readonly NodeView[], wish: ModelWish): ApiError {
  const someIsReady = views.some((view) => problemOf(view) === null);
  const away = views.filter((view) => problemOf(view) !== null && mayServe(view, wish, !someIsReady));
  const problems = away.map(problemOf).filter((problem) => problem !== null);
  const soonOver = problems.find(({ code }) => code === 'engine_restarting' || code === 'node_draining');
  return soonOver ?? problems[0] ?? modelNotFound('no node serves it');
}

function mayServe(view: NodeView, wish: ModelWish, ifUnknown: boolean): boolean {
  const { target, seen, lastModels } = view;
  if (lastModels === null) return seen.ok || ifUnknown;
  return findWished(allowedModels(target, lastModels), wish) !== undefined;
}
