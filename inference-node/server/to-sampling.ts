// A request's sampling fields with their defaults: OpenAI's, and llama-server's for what OpenAI has no field for, so that a
// model behaves here as it does there.
import type { Sampling } from '../engine/engine.ts';

/** The sampling fields of both request types. */
export type SamplingFields = {
  temperature?: number | undefined;
  top_p?: number | undefined;
  top_k?: number | undefined;
  min_p?: number | undefined;
  presence_penalty?: number | undefined;
  frequency_penalty?: number | undefined;
  repeat_penalty?: number | undefined;
  logit_bias?: Readonly<Record<string, number>> | undefined;
  seed?: number | undefined;
};

export function toSampling(request: SamplingFields): Sampling {
  return {
    temperature: request.temperature ?? 1,
    topP: request.top_p ?? 1,
    topK: request.top_k ?? 40,
    minP: request.min_p ?? 0.05,
    presencePenalty: request.presence_penalty ?? 0,
    frequencyPenalty: request.frequency_penalty ?? 0,
    repeatPenalty: request.repeat_penalty ?? 1,
    logitBias: Object.entries(request.logit_bias ?? {}).map(([token, bias]) => ({ token: Number(token), bias })),
    seed: request.seed ?? null,
  };
}
