// The shape of an answer: chat and text completions differ in this alone.
import type { GenerationResult } from '../engine/engine.ts';
import type { Usage } from '../../protocol/inference/usage.ts';

/** Makes the JSON values of one answer. */
export interface AnswerFormat {
  /** The whole answer. */
  whole(text: string, result: GenerationResult): object;
  /** The first chunk of a stream, before any text; null when the format has none. */
  opening(): object | null;
  /** A chunk with a piece of text. */
  delta(text: string): object;
  /** The chunk that says why it ended. */
  closing(result: GenerationResult): object;
  /** The chunk with the usage, which has no choices. */
  usage(result: GenerationResult): object;
}

/** Counts in OpenAI's shape. */
export function toUsage({ promptTokens, completionTokens, cachedTokens }: GenerationResult): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

/** An answer's id: OpenAI's prefix, and the call's own part. */
export function answerId(prefix: 'chatcmpl' | 'cmpl', callId: string): string {
  return `${prefix}-${callId.slice('call_'.length)}`;
}
