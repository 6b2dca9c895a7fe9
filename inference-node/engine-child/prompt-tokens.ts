// A request's prompt as tokens. A plain prompt is read as llama-server reads it, control tokens included: all of it is the
// caller's own. In a chat only the template may write control tokens. The beginning-of-text token is there exactly once, when
// the model wants it. A prompt that outgrows the context is given up early: tokenizing a megabyte would hold up every stream.
import type { ChatFormat } from './chat-format.ts';
import { ControlTextGuard, type TextPiece } from './control-text-guard.ts';
import { mapTexts, textsIn } from './texts-in.ts';
import { MAX_SLICE_LENGTH, sliceText } from './slice-text.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { Tool } from '../../protocol/inference/tools.ts';
import type { GenerationPrompt } from '../engine/engine.ts';
import type { LoadedModel, Token } from '../llama-cpp/loaded-model.ts';

export type PromptTokens = {
  tokens: readonly Token[];
  /** False when the rest was not tokenized, because `tokens` are too many already. */
  complete: boolean;
  /** Stop sequences that belong to the chat's format. */
  stops: readonly string[];
};

type Tokenizer = Pick<LoadedModel, 'tokenize' | 'bos' | 'controlTexts' | 'contextLength' | 'vocabularySize' | 'infill'>;
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

  /** Throws an `ApiError` (`invalid_value`, `unsupported_parameter`) for a prompt that this model cannot take. */
  tokenize(prompt: GenerationPrompt): PromptTokens {
    // Tokens that the caller made are taken as they are, nothing put in front.
    if ('tokens' in prompt) return { tokens: this.checkTokens(prompt.tokens, 'prompt'), complete: true, stops: [] };
    if ('messages' in prompt) return this.#begin(this.#render(prompt.messages, prompt.tools ?? null));
    const text = { text: prompt.text, mark: null, stops: [] };
    return prompt.suffix === undefined ? this.#begin(text) : this.#aroundGap(text, { ...text, text: prompt.suffix });
  }

  /** Numbers of a caller as tokens of this model. Throws `invalid_value`, naming `param`. */
  checkTokens(tokens: readonly number[], param: string): readonly Token[] {
    const unknown = tokens.find((token) => token >= this.#model.vocabularySize);
    if (unknown === undefined) return tokens as readonly Token[];
    throw new ApiError('invalid_value', {
      message: `'${param}' has the token ${unknown}; this model has ${this.#model.vocabularySize}, counted from 0.`,
      param,
    });
  }

  /** The tokens of a plain text, in parts. `readControl`: the text of a control token is that token. */
  *readText(text: string, readControl: boolean): Generator<Token[]> {
    if (text.length <= MAX_SLICE_LENGTH) {
      yield this.#model.tokenize(text, readControl ? 'special' : 'plain');
      return;
    }
    const pieces = readControl ? this.#guard.split(text, null) : [{ parts: [text] }];
    for (const piece of pieces) yield* this.#tokenizePiece(piece);
  }

  #begin(rendered: Rendered): PromptTokens {
    const { tokens, complete } = this.#tokenizeText(rendered);
    return { tokens: this.#withBos(tokens), complete, stops: rendered.stops };
  }

  /** Prefix, suffix, middle: the order that models are trained on by default, and llama-server's. */
  #aroundGap(before: Rendered, after: Rendered): PromptTokens {
    const { infill } = this.#model;
    if (infill === null) {
      throw new ApiError('unsupported_parameter', {
        message: "This model cannot fill a gap in a text. Leave 'suffix' out, or take a model that was trained for it.",
        param: 'suffix',
      });
    }
    const [start, end] = [this.#tokenizeText(before), this.#tokenizeText(after)];
    const parts = [infill.prefix, ...start.tokens, infill.suffix, ...end.tokens, infill.middle];
    return { tokens: this.#withBos(parts), complete: start.complete && end.complete, stops: [] };
  }

  #withBos(tokens: readonly Token[]): readonly Token[] {
    const { bos } = this.#model;
    return bos === null || tokens[0] === bos ? tokens : [bos, ...tokens];
  }

  #render(messages: readonly ChatMessage[], tools: readonly Tool[] | null): Rendered {
    const mark = this.#guard.chooseMark([...textsIn(messages), ...textsIn(tools)]);
    if (mark === null) return { ...this.#format.render(messages, tools), mark };
    const guard = (text: string): string => this.#guard.mark(text, mark);
    return { ...this.#format.render(mapTexts(messages, guard), mapTexts(tools, guard)), mark };
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
