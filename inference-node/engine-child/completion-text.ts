// The text of one completion as it grows: tokens to characters, and no part of a stop sequence.
import { StopMatcher, type StopMatch } from './stop-matcher.ts';
import { TokenText, type Detokenize } from './token-text.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

export class CompletionText {
  readonly #characters: TokenText;
  readonly #stops: StopMatcher;

  constructor(detokenize: Detokenize, stops: readonly string[]) {
    this.#characters = new TokenText(detokenize);
    this.#stops = new StopMatcher(stops);
  }

  push(token: Token): StopMatch {
    const piece = this.#characters.push(token);
    return piece === '' ? { text: '', stopped: false } : this.#stops.push(piece);
  }

  /** What was held back. It may complete a stop sequence even now. */
  flush(): StopMatch {
    const match = this.#stops.push(this.#characters.flush());
    return match.stopped ? match : { text: match.text + this.#stops.flush(), stopped: false };
  }
}
