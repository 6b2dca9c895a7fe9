// Finds stop sequences in text that comes in pieces, and never lets any part of one out: the end of the text is held back
// as long as it may be the beginning of a stop sequence. Of several that match, the one that begins first wins.

export type StopMatch = {
  /** Text that is certainly before any stop sequence. */
  text: string;
  stopped: boolean;
};

export class StopMatcher {
  readonly #stops: readonly string[];
  #held = '';

  /** Empty stop sequences are ignored. */
  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
  }

  /** Takes the next piece. After `stopped`, nothing more may be given. */
  push(piece: string): StopMatch {
    if (this.#stops.length === 0) return { text: piece, stopped: false };
    const text = this.#held + piece;
    const stopAt = this.#firstStop(text);
    const safe = stopAt ?? text.length - this.#possibleStart(text);
    this.#held = stopAt === null ? text.slice(safe) : '';
    return { text: text.slice(0, safe), stopped: stopAt !== null };
  }

  /** What was held back, when the text ended without a stop sequence. */
  flush(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  #firstStop(text: string): number | null {
    let first: number | null = null;
    for (const stop of this.#stops) {
      const at = text.indexOf(stop);
      if (at !== -1 && (first === null || at < first)) first = at;
    }
    return first;
  }

  /** Length of the longest end of `text` with which a stop sequence begins. */
  #possibleStart(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
