// Prompts that begin alike and arrive together, as the choices of one call do, are computed once: whoever comes later waits in
// its sequence until the earlier one has computed what both begin with, and copies that.
import type { Call } from './call.ts';
import { MIN_COPY_GAIN, usablePrefix } from './usable-prefix.ts';

/** Whose prompt a call waits for, and how much of it. */
export type PromptLeader = { call: Call; length: number };

/**
 * The call before `call` in `running` that is about to compute the most of its prompt, when that is worth waiting for; null
 * when nothing is. `held`: how many tokens of the prompt could be had now. Of another account's only what is everybody's.
 */
export function findPromptLeader(call: Call, running: readonly Call[], held: number): PromptLeader | null {
  const { prompt } = call.request;
  let leader: PromptLeader | null = null;
  for (const other of running) {
    if (other === call) break;
    if (other.ended || other.nextToken !== null) continue;
    const { account, prompt: tokens } = other.request;
    const length = Math.min(usablePrefix({ account, tokens }, call.request), prompt.length - 1);
    if (other.promptDone < length && length > (leader?.length ?? held + MIN_COPY_GAIN - 1)) {
      leader = { call: other, length };
    }
  }
  return leader;
}

/** Whether there is nothing more to wait for. */
export function hasDone({ call, length }: PromptLeader): boolean {
  return call.ended || call.promptDone >= length;
}
