// `GET /v1/models` and `GET /v1/models/{id}` (https://platform.openai.com/docs/api-reference/models): what the node serves
// and this key may use; anything else does not exist here.
import * as z from 'zod';
import { modelListSchema, modelSchema, type Model } from '../../../protocol/inference/model-list.ts';
import type { NodeModel } from '../../../protocol/node/node-api.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import { modelNotFound } from '../nodes/choose-nodes.ts';
import { lookAtNodes } from '../nodes/look-at-nodes.ts';
import { findModel, usableModels } from '../nodes/node-view.ts';
import { admitKey } from '../relay/admit-key.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';

const MODEL_OWNER = 'hearthkey';

const listModelsRoute = defineRoute({
  method: 'GET',
  path: '/v1/models',
  access: 'api-key',
  tag: 'Models',
  summary: 'Lists the models that this key may use.',
  responses: { 200: { description: 'The models, the default one first.', schema: modelListSchema } },
  async handler(context, { caller }) {
    return Response.json({ object: 'list', data: (await modelsOfKey(context, caller)).map(describeModel) });
  },
});

const showModelRoute = defineRoute({
  method: 'GET',
  // Model ids may hold slashes, escaped or not.
  path: '/v1/models/:id{.+}',
  access: 'api-key',
  tag: 'Models',
  summary: 'Shows one model.',
  request: { params: z.object({ id: z.string().meta({ description: 'A model id or alias.' }) }) },
  responses: { 200: { description: 'The model.', schema: modelSchema } },
  async handler(context, { caller, params }) {
    const model = findModel(await modelsOfKey(context, caller), params.id);
    if (model === undefined) throw modelNotFound('not in the list of this key');
    return Response.json(describeModel(model));
  },
});

export const modelRoutes: readonly AnyRoute[] = [listModelsRoute, showModelRoute];

async function modelsOfKey(context: GatewayContext, caller: ApiKeyIdentity): Promise<NodeModel[]> {
  const gateway = callOfContext(context);
  const { rights } = await admitKey(gateway, caller, 'models');
  const views = await lookAtNodes(gateway, 'usual', 'all');
  const problem = views.find(({ seen }) => !seen.ok);
  if (problem?.seen.ok === false && views.every(({ seen }) => !seen.ok)) throw problem.seen.error;
  const byId = new Map(views.flatMap(usableModels).map((model) => [model.id, model]));
  return [...byId.values()].filter(({ id }) => rights.models?.includes(id) ?? true);
}

function describeModel({ id, created, contextLength }: NodeModel): Model {
  return { id, object: 'model', created, owned_by: MODEL_OWNER, context_length: contextLength };
}
