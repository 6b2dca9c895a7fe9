// One choice of a chat's answer as it grows: its text, and the calls of tools in it, in OpenAI's shapes.
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatFinishReason,
  FinishReason,
} from '../../protocol/inference/chat-completion.ts';
import type { ToolCall } from '../../protocol/inference/tools.ts';
import { ToolCallParser, type AnswerPart } from '../tool-formats/tool-call-parser.ts';
import type { ToolFormat } from '../tool-formats/tool-format.ts';

type Delta = ChatCompletionChunk['choices'][number]['delta'];
type Message = Pick<ChatCompletion['choices'][number]['message'], 'content' | 'tool_calls'>;

/** How calls are read and named. */
export type CallReader = {
  format: Pick<ToolFormat, 'syntax' | 'mintId'>;
  /** Of the tools. */
  names: readonly string[];
};

export class ChatChoice {
  readonly #reader: CallReader | null;
  /** Null: there can be no calls, and text passes as it is. */
  readonly #parser: ToolCallParser | null;

  constructor(reader: CallReader | null) {
    this.#reader = reader;
    this.#parser = reader === null ? null : new ToolCallParser(reader.format.syntax, reader.names);
  }

  /** The deltas that a piece of text makes. */
  push(text: string): Delta[] {
    if (this.#parser === null) return [{ content: text }];
    return this.#parser.push(text).map((part) => this.#delta(part));
  }

  /** Those of what was held back. */
  end(): Delta[] {
    return this.#parser === null ? [] : this.#parser.end().map((part) => this.#delta(part));
  }

  /** The message of a whole text. */
  message(text: string): Message {
    if (this.#parser === null) return { content: text };
    let content: string | null = null;
    const calls: ToolCall[] = [];
    for (const part of [...this.#parser.push(text), ...this.#parser.end()]) {
      const last = calls.at(-1);
      if (part.type === 'text') content = (content ?? '') + part.text;
      else if (part.type === 'call')
        calls.push({ id: this.#mintId(), type: 'function', function: { name: part.name, arguments: '' } });
      else if (last !== undefined) last.function.arguments += part.text;
    }
    return calls.length === 0 ? { content: content ?? '' } : { content, tool_calls: calls };
  }

  /** An answer that was cut stays cut, calls or not. */
  finishReason(reason: FinishReason): ChatFinishReason {
    return reason === 'stop' && this.#parser?.hasCalls === true ? 'tool_calls' : reason;
  }

  #delta(part: AnswerPart): Delta {
    switch (part.type) {
      case 'text':
        return { content: part.text };
      case 'call':
        return {
          tool_calls: [
            { index: part.index, id: this.#mintId(), type: 'function', function: { name: part.name, arguments: '' } },
          ],
        };
      case 'arguments':
        return { tool_calls: [{ index: part.index, function: { arguments: part.text } }] };
    }
  }

  #mintId(): string {
    return this.#reader?.format.mintId() ?? '';
  }
}
