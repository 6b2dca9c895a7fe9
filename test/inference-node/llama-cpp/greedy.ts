// Sampling without chance and without any setting that changes it.
import type { SamplingSettings } from '../../../inference-node/llama-cpp/token-sampler.ts';

export const GREEDY: SamplingSettings = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repeatPenalty: 1,
  logitBias: [],
  seed: 0,
  topLogProbabilities: null,
  grammar: null,
};
