// A request's prompt as tokens. A plain prompt is read as llama-server reads it, control tokens included: all of it is the
// caller's own. In a chat only the template may write control tokens. The beginning-of-text token is there exactly once, when
// the model wants it. A prompt that outgrows the context is given up early: tokenizing a megabyte would hold up every stream.
import type { ChatFormat } from './chat-format.ts';
import { ControlTextGuard, type TextPiece } from './control-text-guard.ts';
import { MAX_SLICE_LENGTH, sliceText } from './slice-text.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { GenerationPrompt } from '../engine/engine.ts';
import type { LoadedModel, Token } from '../llama-cpp/loaded-model.ts';

export type PromptTokens = {
  tokens: readonly Token[];
  /** False when the rest was not tokenized, because `tokens` are too many already. */
  complete: boolean;
  /** Stop sequences that belong to the chat's format. */
  stops: readonly string[];
};

type Tokenizer = Pick<LoadedModel, 'tokenize' | 'bos' | 'controlTexts' | 'contextLength'>;
type Rendered = { text: string; mark: string | null; stops: readonly string[] };

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
    const rendered = 'text' in prompt ? { text: prompt.text, mark: null, stops: [] } : this.#render(prompt.messages);
    const { tokens, complete } = this.#tokenizeText(rendered);
    const { bos } = this.#model;
    const begins = bos === null || tokens[0] === bos;
    return { tokens: begins ? tokens : [bos, ...tokens], complete, stops: rendered.stops };
  }

  #render(messages: readonly ChatMessage[]): Rendered {
    const mark = this.#guard.chooseMark(messages.map((message) => message.content));
    const marked =
      mark === null
        ? messages
        : messages.map((message) => ({ ...message, content: this.#guard.mark(message.content, mark) }));
    return { ...this.#format.render(marked), mark };
  }

  #tokenizeText({ text, mark }: Rendered): Pick<PromptTokens, 'tokens' | 'complete'> {
    // The common case, and exactly what llama-server does.
    if (mark === null && text.length <= MAX_SLICE_LENGTH) {
      return { tokens: this.#model.tokenize(text, 'special'), complete: true };
    }
    const tokens: Token[] = [];
    for (const piece of this.#guard.split(text, mark)) {
      for (const next of this.#tokenizePiece(piece)) {
        for (const token of next) tokens.push(token);
        if (tokens.length > this.#model.contextLength) return { tokens, complete: false };
      }
    }
    return { tokens, complete: true };
  }

  *#tokenizePiece(piece: TextPiece): Generator<Token[]> {
    if ('control' in piece) {
      yield this.#model.tokenize(piece.control, 'special');
      return;
    }
    let mode: 'plain' | 'continued' = 'plain';
    for (const part of piece.parts) {
      for (const slice of sliceText(part)) {
        yield this.#model.tokenize(slice, mode);
        mode = 'continued';
      }
    }
  }
}
