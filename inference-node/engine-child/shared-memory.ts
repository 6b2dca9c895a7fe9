// The memory that all models share, and what is left of it.
import { leftOf, type Room } from './memory-room.ts';

export class SharedMemory {
  readonly #limit: number | 'none' | null;
  /** The most that was ever there: what is mapped from files counts as available though models use it. */
  #capacity: Room = { ram: 0, gpu: 0 };

  /** `limit`: of the machine's memory, in bytes; `none` and null: what there is. */
  constructor(limit: number | 'none' | null) {
    this.#limit = limit;
  }

  /** `now`: what the machine says is free; `held`: what the models have. */
  left(now: Room, held: readonly Room[]): Room {
    this.#capacity = { ram: Math.max(this.#capacity.ram, now.ram), gpu: Math.max(this.#capacity.gpu, now.gpu) };
    const ram = typeof this.#limit === 'number' ? Math.min(this.#limit, this.#capacity.ram) : this.#capacity.ram;
    const left = leftOf({ ram, gpu: this.#capacity.gpu }, ...held);
    return { ram: Math.min(now.ram, left.ram), gpu: now.gpu };
  }
}
