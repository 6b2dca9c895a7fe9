// The choices of one call: generations side by side, told as one. Each prompt counts once, however many answers it gets.
import type { FinishReason } from '../../protocol/inference/chat-completion.ts';
import type {
  Engine,
  Generation,
  GenerationEvent,
  GenerationProgress,
  GenerationPrompt,
  GenerationRequest,
  GenerationResult,
  TextPiece,
} from './engine.ts';

/** What a call asks for: each prompt answered `n` times. Choices are numbered prompt by prompt. */
export type ChoicesRequest = Omit<GenerationRequest, 'prompt'> & {
  prompts: readonly GenerationPrompt[];
  n: number;
};

/**
 * In this order: `accepted` once every choice has its place, the parts of the choices as they come, `ended` once for each,
 * and `finished` once all have ended. A failure of one is a failure of all, thrown as the engine throws it.
 */
export type ChoicesEvent =
  | { type: 'accepted'; promptTokens: number }
  | ({ type: 'text'; choice: number } & TextPiece)
  | { type: 'ended'; choice: number; finishReason: FinishReason }
  | { type: 'finished'; result: GenerationResult };

type Told = { choice: number; event: GenerationEvent };

export class Choices {
  readonly events: AsyncIterable<ChoicesEvent>;
  readonly #generations: readonly Generation[];
  readonly #n: number;

  /** Starts them all. After a failure, and to stop, abort `signal`. */
  constructor(engine: Engine, { prompts, n, ...request }: ChoicesRequest, signal: AbortSignal) {
    this.#n = n;
    this.#generations = prompts.flatMap((prompt) =>
      Array.from({ length: n }, (_, index) =>
        engine.generate({ ...request, prompt, sampling: withSeedOf(request.sampling, index) }, signal),
      ),
    );
    this.events = this.#tell();
  }

  /** Counts so far. */
  get progress(): GenerationProgress {
    const all = this.#generations.map((generation) => generation.progress);
    const ofPrompts = all.filter((_, choice) => choice % this.#n === 0);
    const spans = all.flatMap(({ firstTokenMs: from, decodeMs }) =>
      from === null ? [] : [{ from, to: from + decodeMs }],
    );
    const firstTokenMs = spans.length === 0 ? null : Math.min(...spans.map(({ from }) => from));
    return {
      promptTokens: sum(ofPrompts.map(({ promptTokens }) => promptTokens)),
      cachedTokens: sum(ofPrompts.map(({ cachedTokens }) => cachedTokens)),
      completionTokens: sum(all.map(({ completionTokens }) => completionTokens)),
      queueMs: all[0]?.queueMs ?? 0,
      firstTokenMs,
      decodeMs: firstTokenMs === null ? 0 : Math.max(...spans.map(({ to }) => to)) - firstTokenMs,
    };
  }

  async *#tell(): AsyncGenerator<ChoicesEvent, void, undefined> {
    const early: Told[] = [];
    let accepted = 0;
    let ended = 0;
    let finishReason: FinishReason = 'stop';
    for await (const told of this.#merge()) {
      if (told.event.type === 'accepted') {
        if (++accepted < this.#generations.length) continue;
        yield { type: 'accepted', promptTokens: this.progress.promptTokens };
        for (const { choice, event } of early) yield* partOf(choice, event);
      } else if (accepted < this.#generations.length) early.push(told);
      else yield* partOf(told.choice, told.event);
      if (told.event.type !== 'finished') continue;
      if (told.event.result.finishReason !== 'stop') finishReason = told.event.result.finishReason;
      if (++ended === this.#generations.length) yield { type: 'finished', result: { ...this.progress, finishReason } };
    }
  }

  /** Everything that the generations tell, as it comes. */
  async *#merge(): AsyncGenerator<Told, void, undefined> {
    const queue: Told[] = [];
    const state: { open: number; failure: { error: unknown } | null; wake: () => void } = {
      open: this.#generations.length,
      failure: null,
      wake: () => undefined,
    };
    const take = async (generation: Generation, choice: number): Promise<void> => {
      try {
        for await (const event of generation.events) {
          queue.push({ choice, event });
          state.wake();
        }
      } catch (error) {
        state.failure ??= { error };
      }
      state.open--;
      state.wake();
    };
    for (const [choice, generation] of this.#generations.entries()) void take(generation, choice);
    for (;;) {
      const told = queue.shift();
      if (told !== undefined) yield told;
      else if (state.failure !== null) throw state.failure.error;
      else if (state.open === 0) return;
      else await new Promise<void>((resolve) => (state.wake = resolve));
    }
  }
}

function* partOf(choice: number, event: GenerationEvent): Generator<ChoicesEvent> {
  if (event.type === 'text') yield { ...event, choice };
  if (event.type === 'finished') yield { type: 'ended', choice, finishReason: event.result.finishReason };
}

/** With one seed for all, all would be the same. */
function withSeedOf(sampling: GenerationRequest['sampling'], index: number): GenerationRequest['sampling'] {
  return sampling.seed === null || index === 0 ? sampling : { ...sampling, seed: sampling.seed + index };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
