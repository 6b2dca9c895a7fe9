// The sequences of a context, and what each remembers. A call takes the free one with the longest beginning in common, or a
// copy of a busy one's beginning, or what was stored of one that is gone; of its own account only, but for what is everybody's: whoever
// could reuse another account's prompt could learn it from the time to the first token.
import type { CachedSequence } from './cached-sequence.ts';
import type { IdlePrefixes } from './idle-prefixes.ts';
import { leavingTokens } from './leaving-tokens.ts';
import type { StoredPrefix } from './prefix-index.ts';
import { MIN_COPY_GAIN, usablePrefix, type PromptOfCall } from './usable-prefix.ts';
import type { BatchContext } from '../llama-cpp/batch-context.ts';

/** A shorter common beginning (in tokens) is not worth throwing away the rest of a conversation for. */
const MIN_USEFUL_PREFIX = 16;

export class SequencePool {
  readonly sequences: readonly CachedSequence[];
  readonly #context: Pick<BatchContext, 'clear' | 'copy' | 'keepPrefix'>;
  readonly #idle: IdlePrefixes | null;
  #takes = 0;
  #canShare = true;
  #restoredTokens = 0;

  /** `idle`: where beginnings go that no sequence holds any more; null: nowhere. */
  constructor(
    context: Pick<BatchContext, 'clear' | 'copy' | 'keepPrefix'>,
    count: number,
    idle: IdlePrefixes | null = null,
  ) {
    this.#context = context;
    this.#idle = idle;
    this.sequences = Array.from({ length: count }, (_, id) => ({
      id,
      account: null,
      tokens: [],
      sharedTokens: 0,
      busy: false,
      usedAt: 0,
    }));
  }

  get hasFree(): boolean {
    return this.sequences.some((sequence) => !sequence.busy);
  }

  /** False once a beginning could not be kept: this model's memory cannot be cut. */
  get canShare(): boolean {
    return this.#canShare;
  }

  /** Tokens of prompts that came back from the store. */
  get restoredTokens(): number {
    return this.#restoredTokens;
  }

  /**
   * Takes a free sequence for a prompt, holding as much of the prompt as could be reused (never all of it: the last token
   * has to be computed for its logits). Null when all are busy. Call it between steps only, and one at a time.
   */
  async take(call: PromptOfCall): Promise<CachedSequence | null> {
    const stored = this.#idle?.find(call, this.#heldOf(call)) ?? null;
    const sharedWith = (sequence: CachedSequence): number =>
      sequence.account === call.account ? usablePrefix(sequence, call) : 0;
    const sequence = this.#choose(sharedWith, stored);
    if (sequence === null) return null;
    sequence.busy = true;
    await this.#keepWhatGoes(sequence, stored === null ? usablePrefix(sequence, call) : 0);
    if (stored !== null) await this.#restore(sequence, stored);
    this.#adapt(sequence, call);
    if (stored !== null) this.#restoredTokens += sequence.tokens.length;
    await this.bringOver(sequence, call);
    this.#takes++;
    sequence.usedAt = this.#takes;
    return sequence;
  }

  release(sequence: CachedSequence): void {
    sequence.busy = false;
  }

  /** Forgets what a sequence holds, after a failed step left it unknown. */
  forget(sequence: CachedSequence): void {
    this.#context.clear(sequence.id);
    sequence.tokens = [];
    sequence.sharedTokens = 0;
    sequence.account = null;
  }

  /** Stores what the sequences hold, where that is worth it: they are about to go. */
  async keepAll(): Promise<void> {
    for (const sequence of this.sequences.toSorted((a, b) => a.usedAt - b.usedAt)) {
      await this.#keepWhatGoes(sequence, 0);
      // The others must not count on it: it goes, too.
      this.forget(sequence);
    }
  }

  /** How many tokens of a prompt could be had from the sequences. */
  #heldOf(call: PromptOfCall): number {
    return Math.max(...this.sequences.map((sequence) => usablePrefix(sequence, call)));
  }

  #choose(sharedWith: (sequence: CachedSequence) => number, stored: StoredPrefix | null): CachedSequence | null {
    const free = this.sequences.filter((sequence) => !sequence.busy);
    const oldest = leastRecentlyUsed(free);
    const best = longest(free, sharedWith);
    if (stored !== null || best === null || sharedWith(best) < MIN_USEFUL_PREFIX) return oldest;
    // Another conversation that begins alike stays as it is while there is an empty sequence: that gets a copy.
    const isCopied = this.#canShare && sharedWith(best) >= MIN_COPY_GAIN && oldest?.tokens.length === 0;
    return isCopied && best.tokens.length - sharedWith(best) >= MIN_COPY_GAIN ? oldest : best;
  }

  /** `staying`: how many of its tokens are not lost. */
  async #keepWhatGoes(sequence: CachedSequence, staying: number): Promise<void> {
    const { id, account, tokens } = sequence;
    if (this.#idle === null || account === null) return;
    const others = this.sequences.filter((other) => other !== sequence);
    const { own, everybodys } = leavingTokens(sequence, staying, others);
    if (own) await this.#idle.keep(account, id, tokens);
    if (everybodys === 0 || !this.#canShare) return;
    // A state is all of a sequence: the rest must not be in it.
    this.#cut(sequence, everybodys);
    await this.#idle.keep(null, id, sequence.tokens);
  }

  async #restore(sequence: CachedSequence, stored: StoredPrefix): Promise<void> {
    this.forget(sequence);
    sequence.account = stored.account;
    sequence.tokens = (await this.#idle?.bring(sequence.id, stored)) ?? [];
  }

  #adapt(sequence: CachedSequence, call: PromptOfCall): void {
    const kept = Math.min(usablePrefix(sequence, call), call.prompt.length - 1);
    sequence.account = call.account;
    sequence.sharedTokens = call.sharedTokens;
    this.#cut(sequence, kept);
  }

  /**
   * Copies the beginning that another sequence has computed, when that is worth it: as when many calls begin with the same
   * instructions. Call it between steps only, for a sequence that was taken for this prompt.
   */
  async bringOver(sequence: CachedSequence, call: PromptOfCall): Promise<void> {
    const others = this.sequences.filter((other) => other !== sequence);
    const donor = longest(others, (other) => usablePrefix(other, call));
    if (donor === null) return;
    const length = usablePrefix(donor, call);
    if (length < sequence.tokens.length + MIN_COPY_GAIN) return;
    await this.#context.copy(sequence.id, donor.id);
    sequence.tokens = donor.tokens.slice();
    this.#cut(sequence, Math.min(length, call.prompt.length - 1));
  }

  #cut(sequence: CachedSequence, length: number): void {
    if (length === sequence.tokens.length) return;
    const kept = this.#context.keepPrefix(sequence.id, length) ? length : 0;
    if (kept < length) this.#canShare = false;
    sequence.tokens = sequence.tokens.slice(0, kept);
  }
}

function longest(sequences: readonly CachedSequence[], length: (sequence: CachedSequence) => number) {
  let best: CachedSequence | null = null;
  for (const sequence of sequences) if (best === null || length(sequence) > length(best)) best = sequence;
  return best;
}

function leastRecentlyUsed(sequences: readonly CachedSequence[]): CachedSequence | null {
  let oldest: CachedSequence | null = null;
  for (const sequence of sequences) if (oldest === null || sequence.usedAt < oldest.usedAt) oldest = sequence;
  return oldest;
}
