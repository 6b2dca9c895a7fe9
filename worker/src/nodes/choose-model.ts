// Which model of which node answers a call. What would be a refusal is judged on a status of this very moment: a model that
// was loaded a second ago, or an engine that is back, must not be refused on old news.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { NodeModel, NodeStatus } from '../../../protocol/node/node-api.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { nodeStatus } from './node-directory.ts';

export type ModelChoice =
  | {
      ok: true;
      nodeId: string;
      bootId: string;
      model: NodeModel;
    }
  | { ok: false; error: ApiError };

/** A model by its id or alias, or the first that is served out of some (null: out of all). */
export type ModelWish = string | { firstOf: readonly string[] | null };

/** Finds the model. A refusal is a value: it is told only to an admitted caller. */
export async function chooseModel(call: GatewayCall, wish: ModelWish): Promise<ModelChoice> {
  try {
    const usual = judge(await nodeStatus(call), wish);
    return usual.ok ? usual : judge(await nodeStatus(call, 'now'), wish);
  } catch (error) {
    if (error instanceof ApiError) return { ok: false, error };
    throw error;
  }
}

function judge(status: NodeStatus, wish: ModelWish): ModelChoice {
  const { nodeId, bootId } = status;
  if (status.draining) return { ok: false, error: new ApiError('node_draining') };
  if (status.engine !== 'ready') return { ok: false, error: new ApiError('engine_restarting') };
  const model = typeof wish === 'string' ? findModel(status.models, wish) : firstOf(status.models, wish.firstOf);
  if (model === undefined) return { ok: false, error: modelNotFound('no node serves it') };
  return { ok: true, nodeId, bootId, model };
}

/** The model that an id or an alias stands for: from here on only its id counts, for rights, limits and the answer. */
export function findModel(models: readonly NodeModel[], name: string): NodeModel | undefined {
  return models.find(({ id }) => id === name) ?? models.find(({ aliases }) => aliases?.includes(name));
}

function firstOf(models: readonly NodeModel[], ids: readonly string[] | null): NodeModel | undefined {
  return models.find(({ id }) => ids?.includes(id) ?? true);
}

/** The one answer for a model that is not there and for one that the key may not use. */
export function modelNotFound(reason: string): ApiError {
  return new ApiError('model_not_found', { param: 'model', reason });
}
