// GET /v1/models and GET /v1/models/{id}: what this node holds in memory, or loads when it is called.
import type { Handler } from 'hono';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { Model } from '../../../protocol/inference/model-list.ts';
import type { NodeModel } from '../../../protocol/node/node-api.ts';
import type { Engine } from '../../engine/engine.ts';
import type { NodeEnv } from '../node-services.ts';

export function listModels(engine: Engine): Handler<NodeEnv> {
  return function answerModelList(context) {
    return context.json({ object: 'list', data: engine.models().map(describeModel) });
  };
}

export function showModel(engine: Engine): Handler<NodeEnv> {
  return function answerModel(context) {
    const id = context.req.param('id');
    const model = engine.models().find((candidate) => candidate.id === id);
    if (model === undefined) throw new ApiError('model_not_found');
    return context.json(describeModel(model));
  };
}

function describeModel({ id, created, contextLength }: NodeModel): Model {
  return { id, object: 'model', created, owned_by: 'hearthkey', context_length: contextLength };
}
