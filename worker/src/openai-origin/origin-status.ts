// A server of another maker in the form in which our own nodes tell their status: out of `GET /v1/models`, of which servers agree on the
// ids only. The answer is its sign of health.
import * as z from 'zod';
import { modelIdSchema } from '../../../protocol/inference/model-id.ts';
import type { NodeModel, NodeStatus } from '../../../protocol/node/node-api.ts';
import { NODE_PROTOCOL_VERSION } from '../../../protocol/node/protocol-version.ts';
import type { OriginSettings } from '../../../protocol/objects/registry-administration.ts';

/** As many as one of our own nodes may have. */
const MAX_MODELS = 256;
/** What the smallest models in use have: safe where the server does not say. */
const DEFAULT_CONTEXT_LENGTH = 4_096;
/** For calls that name no `max_tokens`: a long answer, and with most contexts room for the prompt. */
const DEFAULT_MAX_TOKENS = 1_024;
/** No more than this part of the context, so that a prompt fits beside it. */
const ANSWER_PART = 4;
/** Such servers batch, and queue by themselves. */
const DEFAULT_SEQUENCES = 8;
/** Such a server has no boots to tell apart: calls are not signed. */
const BOOT_ID = 'openai';

const lengthSchema = z.int().min(1).catch(0).optional();

/** vLLM says `max_model_len`, llama-server `meta`, another Hearthkey `context_length`; Ollama nothing. */
const modelSchema = z.object({
  id: z.string(),
  created: z.int().min(0).catch(0).optional(),
  max_model_len: lengthSchema,
  context_length: lengthSchema,
  meta: z.object({ n_ctx: lengthSchema, n_ctx_train: lengthSchema }).nullish().catch(null),
});

export const originModelsSchema = z.object({ data: z.array(modelSchema).max(MAX_MODELS) });

type OriginModel = z.infer<typeof modelSchema>;

/** Models whose ids are none of ours cannot be asked for and are left out. */
export function originStatus(
  nodeId: string,
  models: z.infer<typeof originModelsSchema>,
  settings: OriginSettings,
): NodeStatus {
  return {
    protocolVersion: NODE_PROTOCOL_VERSION,
    nodeId,
    bootId: BOOT_ID,
    version: 'openai',
    draining: false,
    engine: 'ready',
    models: models.data
      .filter(({ id }) => modelIdSchema.safeParse(id).success)
      .map((model) => describeModel(model, settings)),
  };
}

function describeModel(model: OriginModel, { contextLength, maxTokens, sequences }: OriginSettings): NodeModel {
  const length = contextLength ?? contextLengthOf(model);
  return {
    id: model.id,
    created: model.created ?? 0,
    architecture: 'openai',
    contextLength: length,
    defaultMaxTokens: maxTokens ?? Math.max(1, Math.min(DEFAULT_MAX_TOKENS, Math.floor(length / ANSWER_PART))),
    sequences: sequences ?? DEFAULT_SEQUENCES,
    running: 0,
    waiting: 0,
    sizeBytes: 0,
  };
}

function contextLengthOf({ max_model_len: vllm, context_length: own, meta }: OriginModel): number {
  return own || vllm || meta?.n_ctx || meta?.n_ctx_train || DEFAULT_CONTEXT_LENGTH;
}
