// Looks in an answer for the text after which its grammar begins. It reads every token before the next one is sampled, and so
// works only for the calls that asked for it: the text of the others is worked out beside the next decode.
import { TokenText, type Detokenize } from './token-text.ts';
import type { GrammarConstraint } from '../engine/engine.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

/** Where a token has completed a trigger. */
export type Triggered = {
  /** The text of the grammar that is there already. */
  written: string;
  /**
   * The same as if this token had not come, whose end the grammar may not allow: what of the grammar's text stands before it, and
   * what has to stand in front of the grammar's text now, to complete the trigger.
   */
  without: { written: string; opener: string };
};

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

  /** Null while there is no trigger; then something, once. */
  push(token: Token): Triggered | null {
    if (this.#isOver) return null;
    const before = this.#text;
    this.#text += this.#characters.push(token);
    const found = this.#atStart ? this.#findAtStart() : this.#findAnywhere();
    if (found === null) return null;
    this.#isOver = true;
    const { at, trigger } = found;
    const begun = before.slice(at);
    return {
      written: this.#text.slice(this.#isPart ? at : at + trigger.length),
      without: this.#isPart ? { written: begun, opener: '' } : { written: '', opener: trigger.slice(begun.length) },
    };
  }

  #findAtStart(): { at: number; trigger: string } | null {
    this.#text = this.#text.trimStart();
    for (const trigger of this.#triggers) {
      if (this.#text.startsWith(trigger)) return { at: 0, trigger };
    }
    this.#isOver = !this.#triggers.some((trigger) => trigger.startsWith(this.#text));
    return null;
  }

  #findAnywhere(): { at: number; trigger: string } | null {
    const found = this.#triggers.flatMap((trigger) => {
      const at = this.#text.indexOf(trigger);
      return at < 0 ? [] : [{ at, trigger }];
    });
    const [first] = found.sort((a, b) => a.at + a.trigger.length - (b.at + b.trigger.length));
    if (first !== undefined) return first;
    const longest = Math.max(0, ...this.#triggers.map((trigger) => trigger.length));
    this.#text = this.#text.slice(-longest);
    return null;
  }
}
