// A chat in the form of a model that brings two templates: one for chats, and a named one (`tool_use`) for those with tools, as Hermes'.
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { Tool } from '../../protocol/inference/tools.ts';
import type { ToolFormatName } from '../tool-formats/tool-formats.ts';
import type { ChatFormat, RenderedChat } from './chat-format.ts';

export class ToolTemplateFormat implements ChatFormat {
  readonly toolFormat: ToolFormatName;
  readonly #plain: ChatFormat;
  readonly #withTools: ChatFormat;

  constructor(plain: ChatFormat, withTools: ChatFormat) {
    this.toolFormat = withTools.toolFormat;
    this.#plain = plain;
    this.#withTools = withTools;
  }

  /** What tools were called and gave is shown by their template alone, whether there still are tools or not. */
  render(messages: readonly ChatMessage[], tools: readonly Tool[] | null = null): RenderedChat {
    const hasTools = tools !== null || messages.some(({ role, tool_calls: calls }) => role === 'tool' || calls);
    return hasTools ? this.#withTools.render(messages, tools) : this.#plain.render(messages);
  }
}
