// Looks in an answer for the text after which its grammar begins. It reads every token before the next one is sampled, and so
// works only for the calls that asked for it: the text of the others is worked out beside the next decode.
import { TokenText, type Detokenize } from './token-text.ts';
import type { GrammarConstraint } from '../engine/engine.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

export class TriggerWatch {
  readonly #triggers: readonly string[];
  readonly #atStart: boolean;
  /** The trigger is of the grammar's text, too. */
  readonly #isPart: boolean;
  readonly #characters: TokenText;
  /** What may still become a trigger. */
  #text = '';
  #isOver = false;

  constructor({ triggers, triggerAt, triggerIsPart = false }: GrammarConstraint, detokenize: Detokenize) {
    this.#triggers = triggers;
    this.#atStart = triggerAt === 'start';
    this.#isPart = triggerIsPart;
    this.#characters = new TokenText(detokenize);
  }

  /** Null while there is no trigger; then, once, the text of the grammar that is there already. */
  push(token: Token): string | null {
    if (this.#isOver) return null;
    this.#text += this.#characters.push(token);
    const rest = this.#atStart ? this.#findAtStart() : this.#findAnywhere();
    if (rest !== null) this.#isOver = true;
    return rest;
  }

  #findAtStart(): string | null {
    this.#text = this.#text.trimStart();
    for (const trigger of this.#triggers) {
      if (this.#text.startsWith(trigger)) return this.#textFrom(0, trigger);
    }
    this.#isOver = !this.#triggers.some((trigger) => trigger.startsWith(this.#text));
    return null;
  }

  #findAnywhere(): string | null {
    const found = this.#triggers.flatMap((trigger) => {
      const at = this.#text.indexOf(trigger);
      return at < 0 ? [] : [{ at, trigger }];
    });
    const [first] = found.sort((a, b) => a.at + a.trigger.length - (b.at + b.trigger.length));
    if (first !== undefined) return this.#textFrom(first.at, first.trigger);
    const longest = Math.max(0, ...this.#triggers.map((trigger) => trigger.length));
    this.#text = this.#text.slice(-longest);
    return null;
  }

  #textFrom(at: number, trigger: string): string {
    return this.#text.slice(this.#isPart ? at : at + trigger.length);
  }
}
