// Memory that a model wants beside its own, once it is in use.
import type { Room } from './memory-room.ts';

export type MoreMemory<Made> = {
  /** In a sentence: "needs so much more for …". */
  purpose: string;
  needs: () => Promise<Room>;
  /** Runs when there is room for it. */
  take: () => Promise<Made>;
};

/** Answers with what was made. Throws `model_unavailable` when there is no room for it, and whatever `take` throws. */
export type TakeMore = <Made>(more: MoreMemory<Made>) => Promise<Made>;

/** As it waits at its model's place. */
export type MemoryWish = MoreMemory<void> & { refuse: (error: unknown) => void };
