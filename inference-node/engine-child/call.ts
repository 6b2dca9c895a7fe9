// One generation as the scheduler sees it: what was asked, how far it is, and what it has cost.
import type { CachedSequence } from './cached-sequence.ts';
import type { CompletionText } from './completion-text.ts';
import type { PromptLeader } from './prompt-leader.ts';
import type { TriggerWatch } from './trigger-watch.ts';
import type { KeyPriority } from '../../protocol/admin/key-priority.ts';
import type { FinishReason } from '../../protocol/inference/chat-completion.ts';
import type { GenerationProgress } from '../engine/engine.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';
import type { SampledToken, SamplingSettings, TokenSampler } from '../llama-cpp/token-sampler.ts';

export type CallRequest = {
  /** The number by which parent and child name this generation. */
  id: number;
  account: string;
  priority: KeyPriority;
  prompt: readonly Token[];
  /** How many of its first tokens are everybody's, whose account's call has computed them. */
  sharedTokens: number;
  /** Already cut to what the context leaves; at least 1. */
  maxTokens: number;
  sampling: SamplingSettings;
  text: CompletionText;
  /** Where the grammar waits for a text of the answer. */
  trigger: TriggerWatch | null;
};

/** While a call has a sequence. */
export type Place = { sequence: CachedSequence; sampler: TokenSampler };

export class Call {
  readonly request: CallRequest;
  readonly acceptedAt = performance.now();
  place: Place | null = null;
  /** While another call computes what this one's prompt begins with. */
  leader: PromptLeader | null = null;
  cachedTokens = 0;
  /** How much of the prompt is computed, cached tokens included. */
  promptDone = 0;
  /** The token sampled last, still to be computed; null while the prompt is. */
  nextToken: Token | null = null;
  sampled = 0;
  /** Kept only while the grammar waits. */
  readonly answer: Token[] = [];
  /** Sampled tokens that were looked at for text: what the caller pays for. Counts the end token, as llama-server does. */
  counted = 0;
  startedAt: number | null = null;
  firstTokenAt: number | null = null;
  lastTokenAt: number | null = null;
  /** Set once no more of its tokens are wanted: finished, stopped, cancelled or failed. */
  ended = false;

  constructor(request: CallRequest) {
    this.request = request;
  }

  get progress(): GenerationProgress {
    return {
      promptTokens: this.request.prompt.length,
      cachedTokens: this.cachedTokens,
      completionTokens: this.counted,
      queueMs: (this.startedAt ?? performance.now()) - this.acceptedAt,
      firstTokenMs: this.firstTokenAt === null ? null : this.firstTokenAt - this.acceptedAt,
      decodeMs: (this.lastTokenAt ?? 0) - (this.firstTokenAt ?? 0),
    };
  }
}

/** A token on its way to the caller. */
export type TokenForCall = {
  call: Call;
  sampled: SampledToken;
  /** Why the model writes no more after it; null: it goes on. `end` marks the end token itself, which has no text. */
  last: { reason: FinishReason; end: boolean } | null;
};
