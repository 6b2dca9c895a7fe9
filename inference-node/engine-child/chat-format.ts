// A chat as one text, in the form that the model was trained on: its own Jinja template when the file brings one. Without
// one: phi2's "Instruct: … Output:" for that architecture, and "role: content" lines for any other. ChatML, which
// llama-server falls back to, would be unknown tokens to such a model.
import { Template } from '@huggingface/jinja';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { Tool, ToolCall } from '../../protocol/inference/tools.ts';

export type RenderedChat = {
  text: string;
  /** Texts at which this format's answer ends, beside the model's own end token. */
  stops: readonly string[];
};

export interface ChatFormat {
  /**
   * `tools`: null where there are none, or where the template knows none. Throws an `ApiError` (`invalid_value`) for an order of
   * messages that the format cannot express.
   */
  render(messages: readonly ChatMessage[], tools?: readonly Tool[] | null): RenderedChat;
}

export type ChatFormatSource = {
  architecture: string;
  chatTemplate: string | null;
  bosText: string;
  eosText: string;
};

type TemplateMessage = {
  role: string;
  content: string;
  name?: string;
  tool_calls?: readonly object[];
  tool_call_id?: string;
};

const NO_STOPS: readonly string[] = [];
const PROBE_SYSTEM = 'hearthkey-probe-system';
const PROBE_USER = 'hearthkey-probe-user';

/** The format of a model. Throws when its template does not parse or renders no message: such a model cannot chat. */
export function chatFormatOf(source: ChatFormatSource): ChatFormat {
  if (source.chatTemplate !== null) return new TemplateFormat(source.chatTemplate, source);
  return source.architecture === 'phi2' ? { render: renderInstruct } : { render: renderLines };
}

class TemplateFormat implements ChatFormat {
  readonly #template: Template;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #takesSystem: boolean;

  constructor(template: string, source: ChatFormatSource) {
    this.#template = new Template(template);
    this.#variables = { bos_token: source.bosText, eos_token: source.eosText, add_generation_prompt: true };
    const user = { role: 'user', content: PROBE_USER };
    if (!this.#render([user]).includes(PROBE_USER)) throw new Error('the chat template leaves the message out');
    this.#takesSystem = this.#shows([{ role: 'system', content: PROBE_SYSTEM }, user], PROBE_SYSTEM);
  }

  render(messages: readonly ChatMessage[], tools: readonly Tool[] | null = null): RenderedChat {
    const plain = messages.map(toTemplateMessage);
    const prepared = this.#takesSystem ? plain : mergeSystem(plain);
    const text = this.#tryRender(prepared, tools) ?? this.#tryRender(mergeNeighbours(mergeSystem(plain)), tools);
    if (text === null) throw refusal();
    return { text, stops: NO_STOPS };
  }

  #render(messages: readonly TemplateMessage[], tools: readonly Tool[] | null = null): string {
    return this.#template.render({ ...this.#variables, messages, ...(tools === null ? {} : { tools }) });
  }

  #tryRender(messages: readonly TemplateMessage[], tools: readonly Tool[] | null = null): string | null {
    try {
      return this.#render(messages, tools);
    } catch {
      return null;
    }
  }

  #shows(messages: readonly TemplateMessage[], text: string): boolean {
    return this.#tryRender(messages)?.includes(text) ?? false;
  }
}

function toTemplateMessage({
  role,
  content,
  name,
  tool_calls: calls,
  tool_call_id: answered,
}: ChatMessage): TemplateMessage {
  return {
    role: role === 'developer' ? 'system' : role,
    content,
    ...(role === 'tool' && name !== undefined ? { name } : {}),
    ...(calls === undefined ? {} : { tool_calls: calls.map(toTemplateCall) }),
    ...(answered === undefined ? {} : { tool_call_id: answered }),
  };
}

/** Templates write the arguments as JSON themselves, out of a value. */
function toTemplateCall({ id, type, function: { name, arguments: text } }: ToolCall): object {
  return { id, type, function: { name, arguments: parseJson(text) } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Puts the system messages in front of the first user message, for models that know no system role. */
function mergeSystem(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const system = messages.filter((message) => message.role === 'system').map((message) => message.content);
  const rest = messages.filter((message) => message.role !== 'system');
  if (system.length === 0) return rest;
  const first = rest.findIndex((message) => message.role === 'user');
  if (first === -1) return [{ role: 'user', content: system.join('\n\n') }, ...rest];
  return rest.map((message, index) =>
    index === first ? { ...message, content: [...system, message.content].join('\n\n') } : message,
  );
}

/** Joins messages of the same role that follow each other, for templates that insist on turns. */
function mergeNeighbours(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const merged: TemplateMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (
      last?.role === message.role &&
      message.role !== 'tool' &&
      last.tool_calls === undefined &&
      message.tool_calls === undefined
    )
      merged[merged.length - 1] = { ...last, content: `${last.content}\n\n${message.content}` };
    else merged.push(message);
  }
  return merged;
}

function refusal(): ApiError {
  return new ApiError('invalid_value', {
    message:
      "This model's chat template does not accept these messages. Most models want an optional system message first, then " +
      'user and assistant in turns, ending with user.',
    param: 'messages',
  });
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
