// How much one link carries now: calls, and the bytes of their bodies, which its object has to hold.
import { MAX_LINK_CALLS } from '../../../protocol/node/node-link.ts';

/** Of all calls under way: an object has 128 MB. */
const MAX_HELD_BODY_BYTES = 33_554_432;

export class LinkLoad {
  #calls = 0;
  #bodyBytes = 0;

  get calls(): number {
    return this.#calls;
  }

  /** Takes a call on; returns how to let it go (more than once does no harm), or null: there is no room. */
  begin(bodyBytes: number): (() => void) | null {
    if (this.#calls >= MAX_LINK_CALLS || this.#bodyBytes + bodyBytes > MAX_HELD_BODY_BYTES) return null;
    this.#calls += 1;
    this.#bodyBytes += bodyBytes;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#calls -= 1;
      this.#bodyBytes -= bodyBytes;
    };
  }
}
