// What the sequences of one model let go, and what they get back of it, where that costs less than to compute it again: on a CPU a
// token of the 1B shape takes 15 ms to compute, 0.02 ms to write and 0.01 ms to read. What both cost is measured.
import { commonPrefix } from './common-prefix.ts';
import type { DecodeTurn } from './decode-turn.ts';
import type { StoredPrefix } from './prefix-index.ts';
import type { PrefixStore } from './prefix-store.ts';
import { runningMean } from './running-mean.ts';
import { usablePrefix, type PromptOfCall } from './usable-prefix.ts';
import type { BatchContext } from '../llama-cpp/batch-context.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

/** Fewer tokens are not worth a file. */
export const MIN_KEPT_TOKENS = 64;
/** A stored beginning has to have at least so many tokens more than what a sequence holds. */
const MIN_GAIN = 32;
/** What is kept may never be asked for: keeping and bringing back may take this share of the time to compute it. */
const WORTH_KEEPING = 0.25;
/** What is brought back may take this share of it. */
const WORTH_BRINGING = 0.75;

export type IdlePrefixesParts = {
  store: PrefixStore;
  /** The model's file and the settings that shape its memory: states of another are not for it. */
  model: string;
  context: Pick<BatchContext, 'save' | 'restore' | 'clear'>;
  turn: DecodeTurn;
  /** What a prompt token costs, in milliseconds; null: not measured yet, or not to be asked. */
  promptTokenMs: () => number | null;
};

export class IdlePrefixes {
  readonly #parts: IdlePrefixesParts;
  #bytesPerToken = 0;
  /** Milliseconds of a byte; null: not measured yet. */
  #writeMs: number | null = null;
  #readMs: number | null = null;

  constructor(parts: IdlePrefixesParts) {
    this.#parts = parts;
  }

  /** A stored beginning of this call's prompt, its account's or everybody's, with enough more tokens than are held already; null: none. */
  find(call: PromptOfCall, held: number): StoredPrefix | null {
    const { store, model } = this.#parts;
    // Everybody's is the smaller file where both have as much.
    const everybodys = store.find({ account: null, model }, call.prompt)?.prefix ?? null;
    const own = store.find({ account: call.account, model }, call.prompt)?.prefix ?? null;
    const prefix = usableOf(own, call) > usableOf(everybodys, call) ? own : everybodys;
    if (prefix === null) return null;
    // The last token of a prompt is computed in any case.
    const gain = Math.min(usableOf(prefix, call), call.prompt.length - 1) - held;
    const costMs = prefix.bytes * (this.#readMs ?? 0);
    return gain >= MIN_GAIN && this.#isCheaper(costMs, gain, WORTH_BRINGING) ? prefix : null;
  }

  /** Keeps what a sequence holds, if that is worth it. Between steps only. `account` null: it is everybody's. */
  async keep(account: string | null, sequence: number, tokens: readonly Token[]): Promise<void> {
    const { store, model, context, turn } = this.#parts;
    if (tokens.length < MIN_KEPT_TOKENS) return;
    const owner = { account, model };
    const found = store.find(owner, tokens);
    if (found !== null && found.length > tokens.length - MIN_GAIN) {
      store.touch(found.prefix);
      return;
    }
    const bytes = tokens.length * this.#bytesPerToken;
    const costMs = bytes * ((this.#writeMs ?? 0) + (this.#readMs ?? 0));
    if (!this.#isCheaper(costMs, tokens.length, WORTH_KEEPING)) return;
    await store.put(owner, tokens, bytes, (path) =>
      turn.run(async () => {
        const began = performance.now();
        const written = await context.save(sequence, tokens, path);
        this.#writeMs = runningMean(this.#writeMs, (performance.now() - began) / written);
        this.#bytesPerToken = written / tokens.length;
        return written;
      }),
    );
  }

  /** Puts a stored beginning into an empty sequence; returns what that holds then: nothing, after a failure. Between steps only. */
  async bring(sequence: number, prefix: StoredPrefix): Promise<Token[]> {
    const { store, context, turn } = this.#parts;
    const began = performance.now();
    const isThere = await store.use(prefix, (path) =>
      turn.run(async () => {
        const tokens = await context.restore(sequence, path);
        if (tokens.length === prefix.tokens.length && commonPrefix(tokens, prefix.tokens) === tokens.length) return;
        context.clear(sequence);
        throw new Error('it holds other tokens');
      }),
    );
    if (!isThere) return [];
    this.#readMs = runningMean(this.#readMs, (performance.now() - began) / prefix.bytes);
    return [...prefix.tokens];
  }

  #isCheaper(costMs: number, tokens: number, share: number): boolean {
    const tokenMs = this.#parts.promptTokenMs();
    return tokenMs === null || costMs <= share * tokens * tokenMs;
  }
}

/** What was everybody's when it was stored need not be any more: the operator's texts may have changed since. */
function usableOf(prefix: StoredPrefix | null, call: PromptOfCall): number {
  return prefix === null ? 0 : usablePrefix(prefix, call);
}
