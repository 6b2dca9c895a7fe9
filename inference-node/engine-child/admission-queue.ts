// Calls that wait for their turn: bounded, by priority, and fair between accounts within each (round robin; within one account,
// first come first served), so that one account's burst does not hold up everybody else. Nobody starves: whoever was passed
// over often enough is next.
import { AccountRound } from './account-round.ts';
import type { KeyPriority } from '../../protocol/admin/key-priority.ts';

/** After so many calls of higher priority, one of a lower one begins. */
const MOST_PASSED_OVER = 8;
/** This share of the places is kept for accounts that hardly wait, so that one account's burst cannot fill them all. */
const KEPT_SHARE = 1 / 4;
/** An account with fewer calls in wait than this may take a kept place. */
const HARDLY_WAITING = 4;

/** What the queue looks at in a call. */
export type QueuedCall = { request: { account: string; priority: KeyPriority } };

type Level<Waiting extends QueuedCall> = { round: AccountRound<Waiting>; passedOver: number };

export class AdmissionQueue<Waiting extends QueuedCall> {
  readonly #capacity: number;
  readonly #levels: Readonly<Record<KeyPriority, Level<Waiting>>>;
  /** The most urgent first. */
  readonly #inOrder: readonly Level<Waiting>[];

  constructor(capacity: number) {
    this.#capacity = capacity;
    const level = (): Level<Waiting> => ({ round: new AccountRound(), passedOver: 0 });
    this.#levels = { high: level(), normal: level(), low: level() };
    this.#inOrder = [this.#levels.high, this.#levels.normal, this.#levels.low];
  }

  get length(): number {
    return this.#inOrder.reduce((sum, { round }) => sum + round.length, 0);
  }

  /** Whether a call of this account finds no place now. */
  isFullFor(account: string): boolean {
    const free = this.#capacity - this.length;
    if (free <= 0) return true;
    const waiting = this.#inOrder.reduce((sum, { round }) => sum + round.waitingOf(account), 0);
    return waiting >= HARDLY_WAITING && free <= Math.floor(this.#capacity * KEPT_SHARE);
  }

  /** The caller checks `isFullFor` first. */
  push(call: Waiting): void {
    this.#levels[call.request.priority].round.push(call);
  }

  /** The next call; its account goes to the end of its round. */
  shift(): Waiting | null {
    const waiting = this.#inOrder.filter(({ round }) => round.length > 0);
    const next = waiting.find(({ passedOver }) => passedOver >= MOST_PASSED_OVER) ?? waiting[0];
    if (next === undefined) return null;
    for (const level of waiting.slice(1)) level.passedOver++;
    next.passedOver = 0;
    return next.round.shift();
  }

  /** Takes a waiting call out; false when it does not wait here. */
  remove(call: Waiting): boolean {
    return this.#levels[call.request.priority].round.remove(call);
  }
}
