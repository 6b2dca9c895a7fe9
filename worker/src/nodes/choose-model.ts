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

/** A model by its id, or the first that is served out of some (null: out of all). */
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
  const model = status.models.find(({ id }) =>
    typeof wish === 'string' ? id === wish : (wish.firstOf?.includes(id) ?? true),
  );
  if (model === undefined) return { ok: false, error: modelNotFound('no node serves it') };
  return { ok: true, nodeId, bootId, model };
}

/** The one answer for a model that is not there and for one that the key may not use. */
export function modelNotFound(reason: string): ApiError {
  return new ApiError('model_not_found', { param: 'model', reason });
}
