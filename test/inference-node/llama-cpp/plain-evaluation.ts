// The yardstick: node-llama-cpp's own public evaluation of one prompt at a time, greedy.
import { readFileSync } from 'node:fs';
import { getLlama, type Token } from 'node-llama-cpp';
import { chooseFlashAttention } from '../../../inference-node/llama-cpp/choose-flash-attention.ts';
import { TEST_GPU } from './test-gpu.ts';

export type PlainEvaluation = {
  /** The greedy text after a prompt, and how many tokens it took, the end token included. */
  complete(prompt: string, maxTokens: number): Promise<{ text: string; tokens: number }>;
  /** Tokens of a prompt, with the one that the model wants in front. */
  tokenize(prompt: string, special: boolean): Token[];
  dispose(): Promise<void>;
};

export const INSTALLED_VERSION: unknown = (
  JSON.parse(readFileSync('node_modules/node-llama-cpp/package.json', 'utf8')) as { version: unknown }
).version;

export async function plainEvaluation(path: string, threads = 1): Promise<PlainEvaluation> {
  const llama = await getLlama({ gpu: TEST_GPU, build: 'never' });
  const model = await llama.loadModel({ modelPath: path });
  // Other kernels round otherwise.
  const settings = { contextSize: 2048, flashAttention: 'auto', kvCacheType: 'f16' } as const;
  const flashAttention = chooseFlashAttention(settings, model.gpuLayers);
  const context = await model.createContext({ contextSize: settings.contextSize, threads, flashAttention });
  const sequence = context.getSequence();
  const tokenize = (prompt: string, special: boolean): Token[] => {
    const tokens = model.tokenize(prompt, special);
    return model.tokens.shouldPrependBosToken && model.tokens.bos !== null ? [model.tokens.bos, ...tokens] : tokens;
  };
  return {
    tokenize,
    complete: async (prompt, maxTokens) => {
      await sequence.clearHistory();
      const tokens: Token[] = [];
      for await (const token of sequence.evaluate(tokenize(prompt, true), { temperature: 0, yieldEogToken: true })) {
        tokens.push(token);
        if (tokens.length >= maxTokens || model.isEogToken(token)) break;
      }
      return { text: model.detokenize(tokens), tokens: tokens.length };
    },
    dispose: () => llama.dispose(),
  };
}
