// How much of a prompt's beginning a call may take from what was computed for another: of its own account everything, of another's only
// what is everybody's. Whoever could reuse another account's prompt could learn it from the time to the first token.
import type { CallRequest } from './call.ts';
import { commonPrefix } from './common-prefix.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

/**
 * A beginning is copied from another sequence when that saves at least this many tokens: a copy moves the memory of a whole
 * sequence, which on a CPU takes as long as a few tokens (a long context: some tens), and on a GPU no time to speak of.
 */
export const MIN_COPY_GAIN = 32;

/** What matters here of a call. */
export type PromptOfCall = Pick<CallRequest, 'account' | 'prompt' | 'sharedTokens'>;

/** `tokens`: what is computed, or about to be, for a call of `account`; null: for nobody. */
export type ComputedPrompt = { account: string | null; tokens: readonly Token[] };

/** In tokens; all of the prompt at most. */
export function usablePrefix(computed: ComputedPrompt, { account, prompt, sharedTokens }: PromptOfCall): number {
  const length = commonPrefix(computed.tokens, prompt);
  return computed.account === account ? length : Math.min(length, sharedTokens);
}
