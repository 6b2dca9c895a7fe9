// Engines on the embedded models, and how tests talk to them.
import type { EngineOptions, ModelOptions } from '../../../inference-node/engine/engine-options.ts';
import type {
  Engine,
  Generation,
  GenerationEvent,
  GenerationRequest,
  GenerationResult,
  Sampling,
  TokenLogProbability,
} from '../../../inference-node/engine/engine.ts';
import { TEST_GPU } from '../llama-cpp/test-gpu.ts';
import { GREEDY } from '../llama-cpp/greedy.ts';
import { startEngine } from '../../../inference-node/engine/start-engine.ts';

export const TINY_LLAMA = 'models/tiny-llama.gguf';
export const TINY_PHI2 = 'models/tiny-phi2.gguf';

export const chatPrompt = (question: string): string =>
  `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;

/** An engine whose models are in memory, computing on one CPU thread, or on the GPU that HEARTHKEY_TEST_GPU names. */
export async function tinyEngine(
  models: readonly ModelOptions[],
  options: Partial<EngineOptions> = {},
): Promise<Engine> {
  const engine = await startEngine({ gpu: TEST_GPU, threads: 1, models, ...options });
  await engine.ready;
  return engine;
}

/** What a test changes of the request: greedy, without penalties. */
export type RequestChange = Partial<Omit<GenerationRequest, 'sampling'>> & { sampling?: Partial<Sampling> };

export function request({ sampling, ...change }: RequestChange = {}): GenerationRequest {
  return {
    callId: 'call_0000000000000000',
    account: 'account1',
    priority: 'normal',
    model: 'tiny-llama',
    prompt: { text: chatPrompt('What is an API key?') },
    maxTokens: 200,
    sampling: { ...GREEDY, seed: null, ...sampling },
    stop: [],
    grammar: null,
    topLogProbabilities: null,
    ...change,
  };
}

export type Answer = {
  text: string;
  pieces: string[];
  logProbabilities: TokenLogProbability[];
  result: GenerationResult;
};

/** Reads a generation to its end. */
export async function read(generation: Generation): Promise<Answer> {
  const pieces: string[] = [];
  const logProbabilities: TokenLogProbability[] = [];
  for await (const event of generation.events) {
    if (event.type === 'text') {
      pieces.push(event.text);
      logProbabilities.push(...event.logProbabilities);
    }
    if (event.type === 'finished') return { text: pieces.join(''), pieces, logProbabilities, result: event.result };
  }
  throw new Error('the generation ended without `finished`');
}

export function ask(
  engine: Engine,
  change: RequestChange = {},
  signal = new AbortController().signal,
): Promise<Answer> {
  return read(engine.generate(request(change), signal));
}

/** Reads a generation up to its first event of a type; the generation goes on. */
export async function readUntil(events: AsyncIterator<GenerationEvent>, type: GenerationEvent['type']): Promise<void> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) throw new Error(`the generation ended before \`${type}\``);
    if (next.value.type === type) return;
  }
}
