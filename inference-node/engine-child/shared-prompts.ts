// Beginnings of prompts that the operator calls everybody's: what one account's call has computed of them, another's may use. All that can
// be learnt from that is whether somebody used them.
import { commonPrefix } from './common-prefix.ts';
import type { PromptTokenizer } from './prompt-tokens.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { GenerationPrompt } from '../engine/engine.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

const ROLES = ['system', 'developer'] as const;
/** Two messages that have nothing in common: what their prompts have is before them. */
const NEXT_MESSAGES = ['A', 'b'] as const;

export class SharedPrompts {
  readonly #beginnings: readonly (readonly Token[])[];

  /** `texts`: each as the first message of a chat, and as the beginning of a plain prompt. */
  constructor(texts: readonly string[], tokenizer: Pick<PromptTokenizer, 'tokenize'>) {
    this.#beginnings = texts.flatMap((text) => [
      ...ROLES.map((role) => beginningOf(tokenizer, (next) => chatOf({ role, content: text }, next))),
      beginningOf(tokenizer, () => ({ text })),
    ]);
  }

  /** How many tokens of this prompt are everybody's. */
  lengthIn(prompt: readonly Token[]): number {
    return Math.max(0, ...this.#beginnings.map((beginning) => commonPrefix(beginning, prompt)));
  }
}

function chatOf(first: ChatMessage, next: string): GenerationPrompt {
  return { messages: [first, { role: 'user', content: next }] };
}

function beginningOf(
  tokenizer: Pick<PromptTokenizer, 'tokenize'>,
  promptWith: (next: string) => GenerationPrompt,
): readonly Token[] {
  try {
    const [one = [], other = []] = NEXT_MESSAGES.map((next) => tokenizer.tokenize(promptWith(next)).tokens);
    return one.slice(0, commonPrefix(one, other));
  } catch {
    // A template that takes no such message: no prompt begins so.
    return [];
  }
}
