// `{"name": …, "parameters": {…}}` as the whole answer: Llama 3.1, 3.2 and 3.3. One call.
import { randomId } from '../../protocol/credentials/credential.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import { callGrammar, jsonCall } from './call-grammar.ts';
import { jsonHead } from './call-syntax.ts';
import type { ToolFormat } from './tool-format.ts';
import { callableTools } from './tool-use.ts';

const FORM = jsonCall('parameters');
/** What models write before the name. */
const SPELLINGS = [
  '{"name": "',
  '{"name":"',
  '{ "name": "',
  '{ "name":"',
  '{\n  "name": "',
  '{\n    "name": "',
  '{\n"name": "',
];

export const llamaFormat: ToolFormat = {
  syntax: { opener: '', markers: [], head: jsonHead('parameters'), next: null, tail: /^\s*\}/ },
  isRenderedByTemplate: true,
  constrain(use) {
    const tools = callableTools(use);
    const isFree = use.choice === 'auto';
    // A brace alone may begin any JSON that the client has asked for in words: only the name of a tool makes it a call.
    const triggers = isFree
      ? tools.flatMap((tool) => SPELLINGS.map((before) => `${before}${tool.function.name}"`))
      : [];
    return { gbnf: callGrammar('call', tools, FORM), triggers, triggerAt: 'start', triggerIsPart: isFree };
  },
  prepare: oneCallEach,
  mintId: () => `call_${randomId()}`,
};

/** The template takes one call a message: several become several messages, each with what its tool gave after it. */
function oneCallEach(messages: readonly ChatMessage[]): ChatMessage[] {
  const single: ChatMessage[] = [];
  const moved = new Set<ChatMessage>();
  for (const [index, message] of messages.entries()) {
    const { tool_calls: calls = [] } = message;
    if (moved.has(message)) continue;
    if (calls.length < 2) {
      single.push(message);
      continue;
    }
    const results = resultsAfter(messages, index);
    for (const [number, call] of calls.entries()) {
      const own = results.filter((result) => result.tool_call_id === call.id && !moved.has(result));
      for (const result of own) moved.add(result);
      single.push({ ...message, content: number === 0 ? message.content : '', tool_calls: [call] }, ...own);
    }
  }
  return single;
}

function resultsAfter(messages: readonly ChatMessage[], index: number): readonly ChatMessage[] {
  const after = messages.slice(index + 1);
  const end = after.findIndex(({ role }) => role !== 'tool');
  return end === -1 ? after : after.slice(0, end);
}
