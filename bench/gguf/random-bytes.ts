// Fast, repeatable random bytes (xorshift32, Marsaglia 2003): the same shape always gives the same file.

const SEED = 0x9e3779b9;

export class RandomBytes {
  #state = SEED;

  fill(bytes: Buffer): void {
    let state = this.#state;
    const words = Math.floor(bytes.length / 4);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let index = 0; index < words; index++) {
      state = nextState(state);
      view.setInt32(index * 4, state, true);
    }
    for (let at = words * 4; at < bytes.length; at++) {
      state = nextState(state);
      bytes[at] = state & 0xff;
    }
    this.#state = state;
  }
}

function nextState(state: number): number {
  let next = state ^ (state << 13);
  next ^= next >>> 17;
  return next ^ (next << 5);
}
