// The shape of an answer: chat and text completions differ in this alone.
import type { GenerationResult, TextPiece } from '../engine/engine.ts';
import type { FinishReason } from '../../protocol/inference/chat-completion.ts';
import type { Timings } from '../../protocol/inference/timings.ts';
import type { Usage } from '../../protocol/inference/usage.ts';

/** What all of an answer says. */
export type FormatOptions = {
  callId: string;
  model: string;
  /** Unix time in seconds. */
  created: number;
  /** Chunks then carry `usage`, null but in the last one. */
  includeUsage: boolean;
  systemFingerprint: string | null;
  /** Null: nobody asked. */
  timings: (() => Timings) | null;
};

/** One choice of a whole answer. */
export type WholeChoice = TextPiece & { finishReason: FinishReason };

/** Makes the JSON values of one answer. `choice`: its number, from 0. */
export interface AnswerFormat {
  /** The whole answer, its choices in order. */
  whole(choices: readonly WholeChoice[], result: GenerationResult): object;
  /** A choice's first chunk in a stream, before any text of the model; null when there is none. */
  opening(choice: number): object | null;
  /** The chunks for a piece of a choice; none where it is held back. */
  deltas(choice: number, piece: TextPiece): readonly object[];
  /** The last chunks of a choice: what was held back, and why it ended. */
  closing(choice: number, finishReason: FinishReason): readonly object[];
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

/** The fields that tell of the system. */
export function systemOf({ systemFingerprint, timings }: FormatOptions) {
  return { system_fingerprint: systemFingerprint, ...(timings === null ? {} : { timings: timings() }) };
}
