// Which model of which nodes answers a call: every node that serves it, the best first. What would be a refusal is judged on statuses of
// this very moment: a model that was loaded a second ago, or an engine that is back, must not be refused on old news.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { NodeModel } from '../../../protocol/node/node-api.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { lookAtNodes, type NodeView } from './look-at-nodes.ts';
import { nodeTargets } from './node-targets.ts';
import type { NodeTarget } from './node-target.ts';
import { rankNodes } from './rank-nodes.ts';

/** A node that serves the model, as it was seen. */
export type NodeCandidate = { target: NodeTarget; bootId: string; model: NodeModel };

/** `others`: to go on with, in their order, when the first one fails. All serve the model of the same id. */
export type NodeChoice =
  { ok: true; first: NodeCandidate; others: readonly NodeCandidate[] } | { ok: false; error: ApiError };

/** A model by its id or alias, or the first that is served out of some (null: out of all). */
export type ModelWish = string | { firstOf: readonly string[] | null };

/**
 * Finds the nodes. `opening`: what the prompt begins with and whose it is; calls that begin alike go to the same node. A refusal is a
 * value: it is told only to an admitted caller.
 */
export async function chooseNodes(call: GatewayCall, wish: ModelWish, opening: () => string): Promise<NodeChoice> {
  const targets = await nodeTargets(call);
  const serves = (views: readonly NodeView[]): boolean => findCandidates(views, wish).length > 0;
  const choose = (views: readonly NodeView[]): NodeChoice => {
    const [first, ...others] = rankNodes(call.config, findCandidates(views, wish), opening);
    return first === undefined ? { ok: false, error: describeLack(views, wish) } : { ok: true, first, others };
  };
  const usual = choose(await lookAtNodes(call, targets, 'usual', serves));
  return usual.ok ? usual : choose(await lookAtNodes(call, targets, 'now', serves));
}

/** Who serves a model at this very moment beside the node that has just failed: one may have come back since the call was chosen for. */
export async function findOthers(
  call: GatewayCall,
  { failed, modelId }: { failed: NodeTarget; modelId: string },
): Promise<readonly NodeCandidate[]> {
  const targets = (await nodeTargets(call)).filter(({ nodeId }) => nodeId !== failed.nodeId);
  const find = (views: readonly NodeView[]): NodeCandidate[] =>
    findCandidates(views, modelId).filter(({ model }) => model.id === modelId);
  return find(await lookAtNodes(call, targets, 'now', (views) => find(views).length > 0));
}

/** The models of a node that calls may have. */
export function usableModels({ target, seen }: NodeView): readonly NodeModel[] {
  return seen.ok ? allowedModels(target, seen.status.models) : [];
}

function allowedModels({ models }: NodeTarget, served: readonly NodeModel[]): readonly NodeModel[] {
  return models === null ? served : served.filter(({ id }) => models.includes(id));
}

/** The model that an id or an alias stands for: from here on only its id counts, for rights, limits and the answer. */
export function findModel(models: readonly NodeModel[], name: string): NodeModel | undefined {
  return models.find(({ id }) => id === name) ?? models.find(({ aliases }) => aliases?.includes(name));
}

/** The one answer for a model that is not there and for one that the key may not use. */
export function modelNotFound(reason: string): ApiError {
  return new ApiError('model_not_found', { param: 'model', reason });
}

function findCandidates(views: readonly NodeView[], wish: ModelWish): NodeCandidate[] {
  const ready = views.filter((view) => problemOf(view) === null);
  const all = ready.flatMap(usableModels);
  const id = findWished(all, wish)?.id;
  return ready.flatMap((view) => {
    const model = usableModels(view).find((own) => own.id === id);
    return model === undefined || !view.seen.ok
      ? []
      : [{ target: view.target, bootId: view.seen.status.bootId, model }];
  });
}

function findWished(models: readonly NodeModel[], wish: ModelWish): NodeModel | undefined {
  if (typeof wish === 'string') return findModel(models, wish);
  const { firstOf } = wish;
  return models.find(({ id }) => firstOf?.includes(id) ?? true);
}

/** Why a node gets no calls now; null: it may. */
function problemOf({ target, seen }: NodeView): ApiError | null {
  if (!seen.ok) return seen.error;
  if (target.draining || seen.status.draining) return new ApiError('node_draining');
  return seen.status.engine === 'ready' ? null : new ApiError('engine_restarting');
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
