// How the next token of one generation is chosen. Greedy at temperature 0; otherwise llama-server's own defaults for what
// OpenAI's API cannot say (top_k 40, min_p 0.05), so that a model behaves here as it does there.
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { createNativeSampler, type NativeSampler } from './native.ts';

export type SamplingSettings = {
  /** 0: greedy. */
  temperature: number;
  topP: number;
  /** Any integer; 32 bits of it count. */
  seed: number;
};

/** llama-server's defaults (llama.cpp, common.h). */
const TOP_K = 40;
const MIN_P = 0.05;
/** llama.cpp reads this seed as "random". */
const RANDOM_SEED = 0xffffffff;

export class TokenSampler {
  readonly native: NativeSampler;

  constructor(llama: Llama, model: LlamaModel, settings: SamplingSettings) {
    this.native = createNativeSampler(llama, model);
    const { temperature, topP } = settings;
    if (temperature <= 0) this.native.applyConfig({ temperature: 0 });
    else this.native.applyConfig({ temperature, topK: TOP_K, topP, minP: MIN_P, seed: foldSeed(settings.seed) });
  }

  dispose(): void {
    this.native.dispose();
  }
}

/** Folds any integer into the 32 bits that llama.cpp takes, small ones unchanged. */
export function foldSeed(seed: number): number {
  const bits = BigInt.asUintN(64, BigInt(seed));
  const folded = Number(BigInt.asUintN(32, bits ^ (bits >> 32n)));
  return folded === RANDOM_SEED ? RANDOM_SEED - 1 : folded;
}
