// Messages as chat templates take them (https://huggingface.co/docs/transformers/chat_templating), and how they are put in order
// for templates that take only some orders.
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { ToolCall } from '../../protocol/inference/tools.ts';
import { parseJson } from '../../protocol/parse-json.ts';

export type TemplateMessage = {
  role: string;
  content: string;
  name?: string;
  tool_calls?: readonly object[];
  tool_call_id?: string;
};

const PARAGRAPH = '\n\n';

export function toTemplateMessage({
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
  const value = parseJson(text);
  return { id, type, function: { name, arguments: value === undefined ? text : value } };
}

/** Makes all system messages one, the first message, for models that know no other. */
export function putSystemFirst(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const { system, rest } = splitSystem(messages);
  return system.length === 0 ? rest : [{ role: 'system', content: system.join(PARAGRAPH) }, ...rest];
}

/** Puts the system messages in front of the first user message, for models that know no system role. */
export function putSystemIntoUser(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const { system, rest } = splitSystem(messages);
  if (system.length === 0) return rest;
  const first = rest.findIndex((message) => message.role === 'user');
  if (first === -1) return [{ role: 'user', content: system.join(PARAGRAPH) }, ...rest];
  return rest.map((message, index) =>
    index === first ? { ...message, content: [...system, message.content].join(PARAGRAPH) } : message,
  );
}

function splitSystem(messages: readonly TemplateMessage[]): { system: string[]; rest: TemplateMessage[] } {
  return {
    system: messages.filter((message) => message.role === 'system').map((message) => message.content),
    rest: messages.filter((message) => message.role !== 'system'),
  };
}

/** Joins messages of the same role that follow each other, for templates that insist on turns. */
export function joinNeighbours(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const joined: TemplateMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === message.role && isPlain(last) && isPlain(message))
      joined[joined.length - 1] = { ...last, content: last.content + PARAGRAPH + message.content };
    else joined.push(message);
  }
  return joined;
}

function isPlain({ role, tool_calls: calls }: TemplateMessage): boolean {
  return role !== 'tool' && calls === undefined;
}
