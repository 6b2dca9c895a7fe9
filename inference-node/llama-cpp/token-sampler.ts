// How the next token of one generation is chosen, and how likely the model found it.
import type { Llama, LlamaModel, Token } from 'node-llama-cpp';
import { literal } from '../json-schema/gbnf-writer.ts';
import type { Sampling } from '../engine/engine.ts';
import {
  acceptGrammarToken,
  createNativeGrammarState,
  createNativeSampler,
  type LogitSelection,
  type NativeContext,
  type NativeSampler,
  type NativeSamplerConfig,
} from './native.ts';

export type SamplingSettings = Omit<Sampling, 'seed'> & {
  /** Any integer; 32 bits of it count. */
  seed: number;
  /** At each token, how many of the likeliest to tell; null: none, and no log probability either. */
  topLogProbabilities: number | null;
  /** GBNF that was checked (`checkGrammar`), and whether it holds from the first token on; null: no grammar. */
  grammar: { gbnf: string; fromStart: boolean } | null;
};

/** What a sampler's answer follows, and how long it may become. */
export type SampledText = { prompt: readonly Token[]; maxTokens: number };

/** A token, and the natural logarithm of the probability that the model itself gave it. */
export type LikelyToken = { token: Token; logprob: number };
export type SampledToken = { token: Token; likelihood: { logprob: number; top: readonly LikelyToken[] } | null };

/** How many tokens `repeatPenalty` looks back, as llama-server does. */
const REPEAT_WINDOW = 64;
/** llama.cpp reads this seed as "random". */
const RANDOM_SEED = 0xffffffff;
/** Grammars with triggers are those of tools: none of their rules has this name. */
const OPENED_RULE = 'opened';

export class TokenSampler {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #settings: SamplingSettings;
  readonly #text: SampledText;
  readonly #sampler: NativeSampler;
  /** Greedy and nothing else, so that it sees the logits as the model gave them. */
  readonly #reader: NativeSampler | null;
  readonly #top: number;

  constructor(llama: Llama, model: LlamaModel, settings: SamplingSettings, text: SampledText) {
    this.#llama = llama;
    this.#model = model;
    this.#settings = settings;
    this.#text = text;
    this.#sampler = createNativeSampler(llama, model);
    this.#sampler.applyConfig(configOf(settings, text));
    if (settings.grammar?.fromStart === true) this.startGrammar([], []);
    this.#top = settings.topLogProbabilities ?? 0;
    this.#reader = settings.topLogProbabilities === null ? null : createNativeSampler(llama, model);
    this.#reader?.applyConfig({ temperature: 0 });
  }

  /** The token that follows where these logits are. Throws when there is none. */
  async sample(context: NativeContext, logitIndex: number): Promise<SampledToken> {
    const token = await context.sampleToken(logitIndex, this.#sampler);
    if (token === -1) throw new Error('llama.cpp could not sample a token');
    return {
      token,
      likelihood: this.#reader === null ? null : await this.#read(context, logitIndex, token, this.#reader),
    };
  }

  /**
   * From the next token on the grammar holds. `answer`: all tokens so far, which count for the penalties; `written`: those of the
   * grammar's text that are there already; `opener`: text that has to come before it. Throws when the grammar does not allow what is
   * written.
   */
  startGrammar(answer: readonly Token[], written: readonly Token[], opener = ''): void {
    const { grammar } = this.#settings;
    if (grammar === null) return;
    const state = createNativeGrammarState(this.#llama, this.#model, withOpener(grammar.gbnf, opener));
    for (const token of written) acceptGrammarToken(this.#llama, state, token);
    this.#sampler.applyConfig({ ...configOf(this.#settings, this.#text, answer), grammarEvaluationState: state });
  }

  dispose(): void {
    this.#sampler.dispose();
    this.#reader?.dispose();
  }

  async #read(context: NativeContext, logitIndex: number, token: Token, reader: NativeSampler) {
    // The likeliest is always asked for: the weight is relative to it.
    const selection: LogitSelection = [[token], false, false, false, Math.max(1, this.#top)];
    const [, , , pairs = [], weight = 1] = await context.sampleToken(logitIndex, reader, false, false, selection, true);
    const [, highest = 0] = pairs;
    const likely = Array.from({ length: pairs.length / 2 }, (_, index) => ({
      token: (pairs[2 * index] ?? 0) as Token,
      logprob: (pairs[2 * index + 1] ?? 0) - highest - Math.log(weight),
    }));
    const logprob = likely.find((candidate) => candidate.token === token)?.logprob ?? -Infinity;
    return { logprob, top: likely.slice(0, this.#top) };
  }
}

function withOpener(gbnf: string, opener: string): { gbnf: string; root: string } {
  if (opener === '') return { gbnf, root: 'root' };
  return { gbnf: `${gbnf}\n${OPENED_RULE} ::= ${literal(opener)} root\n`, root: OPENED_RULE };
}

function configOf(settings: SamplingSettings, text: SampledText, answer: readonly Token[] = []): NativeSamplerConfig {
  const { temperature, topK, topP, minP, seed, logitBias } = settings;
  const random = temperature <= 0 ? {} : { topK, topP, minP, seed: foldSeed(seed) };
  return {
    temperature: Math.max(0, temperature),
    ...random,
    ...penalties(settings, text, answer),
    ...biases(logitBias),
  };
}

/** llama.cpp has one window for all three: OpenAI's two are of the answer alone, unless `repeatPenalty` is there as well. */
function penalties(
  settings: SamplingSettings,
  { prompt, maxTokens }: SampledText,
  answer: readonly Token[],
): Partial<NativeSamplerConfig> {
  const { presencePenalty, frequencyPenalty, repeatPenalty } = settings;
  const amounts = {
    repeatPenalty,
    repeatPenaltyPresencePenalty: presencePenalty,
    repeatPenaltyFrequencyPenalty: frequencyPenalty,
  };
  if (repeatPenalty !== 1) {
    const last = Uint32Array.from([...prompt.slice(-REPEAT_WINDOW), ...answer].slice(-REPEAT_WINDOW));
    return { ...amounts, repeatPenaltyMaxTokens: REPEAT_WINDOW, repeatPenaltyTokens: last };
  }
  if (presencePenalty === 0 && frequencyPenalty === 0) return {};
  return { ...amounts, repeatPenaltyMaxTokens: maxTokens, repeatPenaltyTokens: Uint32Array.from(answer) };
}

function biases(logitBias: SamplingSettings['logitBias']): Partial<NativeSamplerConfig> {
  if (logitBias.length === 0) return {};
  return {
    tokenBiasKeys: Uint32Array.from(logitBias, ({ token }) => token),
    tokenBiasValues: Float32Array.from(logitBias, ({ bias }) => bias),
  };
}

/** Folds any integer into the 32 bits that llama.cpp takes, small ones unchanged. */
export function foldSeed(seed: number): number {
  const bits = BigInt.asUintN(64, BigInt(seed));
  const folded = Number(BigInt.asUintN(32, bits ^ (bits >> 32n)));
  return folded === RANDOM_SEED ? RANDOM_SEED - 1 : folded;
}
