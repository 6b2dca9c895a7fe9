// How long a node on which calls failed is tried last: a second, then two, at most thirty, each time until one call has tried it again.
import type { NodeTrouble } from '../../../protocol/objects/node-directory.ts';

const FIRST_COOLING_MS = 1_000;
const LONGEST_COOLING_MS = 30_000;
/** While one call tries it again, in milliseconds. */
const TRIAL_MS = 5_000;

/** Of one node. All times in milliseconds of the isolate's steady clock. */
export class NodeCooling {
  #failures = 0;
  #failedAt = 0;
  #changedAt = 0;
  #until = 0;

  isCooling(now: number): boolean {
    return this.#failures > 0 && now < this.#until;
  }

  /**
   * A call that was sent there at this time failed. False: that is no news, for calls that were under way when one failed fail with it: they
   * are one failure.
   */
  noteFailed(sentAt: number, now: number): boolean {
    if (sentAt <= this.#failedAt) return false;
    this.#set(this.#failures + 1, now);
    return true;
  }

  /** False: that is no news. */
  noteAnswered(now: number): boolean {
    if (this.#failures === 0) return false;
    this.#set(0, now);
    return true;
  }

  /** A call is sent there: to a node that has failed, one at a time. */
  noteTrial(now: number): void {
    if (this.#failures > 0) this.#until = now + TRIAL_MS;
  }

  /** Takes over what calls of others have met, when that is later. */
  learn({ failures, changedAgoMs }: NodeTrouble, now: number): void {
    const changedAt = now - changedAgoMs;
    if (failures !== this.#failures && changedAt > this.#changedAt) this.#set(failures, changedAt);
  }

  /** Null: nothing ever failed. */
  tell(now: number): NodeTrouble | null {
    return this.#changedAt === 0 ? null : { failures: this.#failures, changedAgoMs: now - this.#changedAt };
  }

  #set(failures: number, at: number): void {
    this.#failures = failures;
    this.#changedAt = at;
    if (failures === 0) return;
    this.#failedAt = at;
    this.#until = at + Math.min(FIRST_COOLING_MS * 2 ** (failures - 1), LONGEST_COOLING_MS);
  }
}
