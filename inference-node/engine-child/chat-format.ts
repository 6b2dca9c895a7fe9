// A chat as one text, in the form that the model was trained on: its own Jinja template when the file brings one. Without
// one: phi2's "Instruct: … Output:" for that architecture, and "role: content" lines for any other. ChatML, which
// llama-server falls back to, would be unknown tokens to such a model.
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { Tool } from '../../protocol/inference/tools.ts';
import type { ToolFormatName } from '../tool-formats/tool-formats.ts';
import { TemplateFormat } from './template-format.ts';
import { ToolTemplateFormat } from './tool-template-format.ts';

export type RenderedChat = {
  text: string;
  /** Texts at which this format's answer ends, beside the model's own end token. */
  stops: readonly string[];
};

export interface ChatFormat {
  /** How tools are told and called in it. */
  readonly toolFormat: ToolFormatName;
  /**
   * `tools`: null where there are none, or where the template knows none. Throws an `ApiError` (`invalid_value`) for an order of
   * messages that the format cannot express.
   */
  render(messages: readonly ChatMessage[], tools?: readonly Tool[] | null): RenderedChat;
}

export type ChatFormatSource = {
  architecture: string;
  chatTemplate: string | null;
  /** The file's own for chats with tools, where it has two. */
  toolTemplate?: string | null;
  bosText: string;
  eosText: string;
};

/** The format of a model. Throws when its template does not parse or renders no message: such a model cannot chat. */
export function chatFormatOf(source: ChatFormatSource): ChatFormat {
  if (source.chatTemplate !== null) return withToolTemplate(new TemplateFormat(source.chatTemplate, source), source);
  return source.architecture === 'phi2'
    ? { toolFormat: 'described', render: renderInstruct }
    : { toolFormat: 'described', render: renderLines };
}

/** A template for tools that is in no known form is left: tools are described then. */
function withToolTemplate(plain: ChatFormat, source: ChatFormatSource): ChatFormat {
  const { toolTemplate = null } = source;
  if (toolTemplate === null || plain.toolFormat !== 'described') return plain;
  try {
    const withTools = new TemplateFormat(toolTemplate, source);
    return withTools.toolFormat === 'described' ? plain : new ToolTemplateFormat(plain, withTools);
  } catch {
    return plain;
  }
}

function renderInstruct(messages: readonly ChatMessage[]): RenderedChat {
  const system = messages.filter(isInstruction).map((message) => `${message.content}\n`);
  const turns = messages
    .filter((message) => !isInstruction(message))
    .map(({ role, content }) => (role === 'user' ? `Instruct: ${content}\n` : `Output: ${content}\n`));
  return { text: `${[...system, ...turns].join('')}Output:`, stops: ['\nInstruct:'] };
}

function renderLines(messages: readonly ChatMessage[]): RenderedChat {
  const lines = messages.map((message) => `${isInstruction(message) ? 'system' : message.role}: ${message.content}\n`);
  return { text: `${lines.join('')}assistant:`, stops: ['\nuser:', '\nsystem:'] };
}

function isInstruction(message: ChatMessage): boolean {
  return message.role === 'system' || message.role === 'developer';
}
