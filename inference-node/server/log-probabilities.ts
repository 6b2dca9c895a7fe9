// Log probabilities in the shapes of OpenAI's two APIs.
import type { ChatLogProbabilities, CompletionLogProbabilities } from '../../protocol/inference/log-probabilities.ts';
import type { TokenLogProbability } from '../engine/engine.ts';

/** Stands for bytes that are no whole character. */
const INCOMPLETE = '\uFFFD';
/** OpenAI's own figure for "never": JSON has no infinity. */
const LEAST = -9999;

/** Null when none were asked for, or none came. */
export function chatLogProbabilities(tokens: readonly TokenLogProbability[]): ChatLogProbabilities | null {
  if (tokens.length === 0) return null;
  return {
    content: tokens.map((token) => ({ ...describe(token), top_logprobs: token.top.map(describe) })),
    refusal: null,
  };
}

/** `offset`: where the first token begins in its choice's text. */
export function completionLogProbabilities(
  tokens: readonly TokenLogProbability[],
  offset: number,
): CompletionLogProbabilities | null {
  if (tokens.length === 0) return null;
  let next = offset;
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(({ text, logprob }) => [text, finite(logprob)]))),
    text_offset: tokens.map(({ text }) => {
      const begins = next;
      next += text.length;
      return begins;
    }),
  };
}

/** How much text these tokens are. */
export function lengthOf(tokens: readonly TokenLogProbability[]): number {
  return tokens.reduce((length, { text }) => length + text.length, 0);
}

function describe({ text, logprob }: { text: string; logprob: number }) {
  return { token: text, logprob: finite(logprob), bytes: text.includes(INCOMPLETE) ? null : [...Buffer.from(text)] };
}

function finite(logprob: number): number {
  return Math.max(LEAST, logprob);
}
