// A request's prompt as tokens. A plain prompt is read as llama-server reads it, control tokens included: all of it is the
// caller's own. In a chat only the template may write control tokens. The beginning-of-text token is there exactly once, when
// the model wants it.
import type { ChatFormat } from './chat-format.ts';
import { ControlTextGuard, type TextPiece } from './control-text-guard.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { GenerationPrompt } from '../engine/engine.ts';
import type { LoadedModel, Token } from '../llama-cpp/loaded-model.ts';

export type PromptTokens = {
  tokens: readonly Token[];
  /** Stop sequences that belong to the chat's format. */
  stops: readonly string[];
};

type Tokenizer = Pick<LoadedModel, 'tokenize' | 'bos' | 'controlTexts'>;

export class PromptTokenizer {
  readonly #model: Tokenizer;
  readonly #format: ChatFormat;
  readonly #guard: ControlTextGuard;

  constructor(model: Tokenizer, format: ChatFormat) {
    this.#model = model;
    this.#format = format;
    this.#guard = new ControlTextGuard(model.controlTexts);
  }

  tokenize(prompt: GenerationPrompt): PromptTokens {
    if ('text' in prompt) return { tokens: this.#withBos(this.#model.tokenize(prompt.text, 'special')), stops: [] };
    const mark = this.#guard.chooseMark(prompt.messages.map((message) => message.content));
    const { text, stops } = this.#format.render(mark === null ? prompt.messages : this.#markAll(prompt.messages, mark));
    const tokens =
      mark === null
        ? this.#model.tokenize(text, 'special')
        : this.#guard.split(text, mark).flatMap((piece) => this.#tokenizePiece(piece));
    return { tokens: this.#withBos(tokens), stops };
  }

  #markAll(messages: readonly ChatMessage[], mark: string): ChatMessage[] {
    return messages.map((message) => ({ ...message, content: this.#guard.mark(message.content, mark) }));
  }

  #tokenizePiece(piece: TextPiece): Token[] {
    if ('control' in piece) return this.#model.tokenize(piece.control, 'special');
    return piece.parts.flatMap((part, index) => this.#model.tokenize(part, index === 0 ? 'plain' : 'continued'));
  }

  #withBos(tokens: readonly Token[]): readonly Token[] {
    const { bos } = this.#model;
    return bos === null || tokens[0] === bos ? tokens : [bos, ...tokens];
  }
}
