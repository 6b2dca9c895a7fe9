// Finds where a JSON object or array ends that comes in pieces.

export class JsonEnd {
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** How much of this piece still belongs to it; null: all of it, and more is to come. */
  push(piece: string): number | null {
    for (let at = 0; at < piece.length; at++) {
      const character = piece[at];
      if (this.#inString) this.#readString(character);
      else if (character === '"') this.#inString = true;
      else if (character === '{' || character === '[') this.#depth++;
      else if ((character === '}' || character === ']') && --this.#depth === 0) return at + 1;
    }
    return null;
  }

  #readString(character: string | undefined): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === '\\') this.#escaped = true;
    else if (character === '"') this.#inString = false;
  }
}
