// What is to be kept of a sequence that is given to another prompt, or goes: what no other sequence has of it.
import type { CachedSequence } from './cached-sequence.ts';
import { commonPrefix } from './common-prefix.ts';
import { MIN_KEPT_TOKENS } from './idle-prefixes.ts';
import { MIN_COPY_GAIN } from './usable-prefix.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

export type LeavingTokens = {
  /** Whether all of it is, for its account. */
  own: boolean;
  /** How many of its first tokens are, for everybody; 0: none. */
  everybodys: number;
};

type Content = Pick<CachedSequence, 'account' | 'tokens' | 'sharedTokens'>;

/** `staying`: how many of its first tokens are not lost. `others`: all other sequences. */
export function leavingTokens(sequence: Content, staying: number, others: readonly Content[]): LeavingTokens {
  const { account, tokens } = sequence;
  const shared = Math.min(sequence.sharedTokens, tokens.length);
  const isShared = shared >= MIN_KEPT_TOKENS;
  const ofAccount = others.filter((other) => other.account === account);
  // What is everybody's is kept once, for all accounts: it is no reason to keep the rest.
  const lost = tokens.length - Math.max(staying, isShared ? shared : 0);
  return {
    own: lost >= MIN_KEPT_TOKENS && !isHeld(tokens, ofAccount),
    everybodys: isShared && staying < shared && !isHeld(tokens.slice(0, shared), others) ? shared : 0,
  };
}

function isHeld(tokens: readonly Token[], others: readonly Content[]): boolean {
  return others.some((other) => commonPrefix(other.tokens, tokens) > tokens.length - MIN_COPY_GAIN);
}
