// For models whose template knows no tools, or that have none: the tools are described in a system message, as Hermes' own template does
// it, and calls are written as there. Calls and their results become plain texts in the conversation.
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { ToolCall } from '../../protocol/inference/tools.ts';
import { taggedFormat } from './tagged-format.ts';
import type { ToolFormat } from './tool-format.ts';
import { toolSignature } from './tool-signature.ts';
import type { ToolUse } from './tool-use.ts';

export const describedFormat: ToolFormat = {
  ...taggedFormat,
  isRenderedByTemplate: false,
  prepare: (messages, use) => (use === null ? joinResults(messages) : withTools(joinResults(messages), use)),
};

/** After what the first message tells the model to be, as Hermes and Qwen have it. */
function withTools([first, ...others]: readonly ChatMessage[], use: ToolUse): ChatMessage[] {
  const tools = describe(use);
  if (first?.role === 'system' || first?.role === 'developer')
    return [{ ...first, content: `${first.content}\n\n${tools}` }, ...others];
  return [{ role: 'system', content: tools }, ...(first === undefined ? [] : [first]), ...others];
}

function describe({ tools }: ToolUse): string {
  const lines = tools.map((tool) => JSON.stringify(toolSignature(tool)));
  const content = [
    'You may call one or more functions to help with the request. Their signatures are within <tools></tools>:',
    '<tools>',
    ...lines,
    '</tools>',
    'For each call, write a JSON object with the name of the function and its arguments within <tool_call></tool_call>:',
    '<tool_call>',
    '{"name": <function-name>, "arguments": <args-json-object>}',
    '</tool_call>',
  ];
  return content.join('\n');
}

/** Results in a row are one message: most templates insist on turns. */
function joinResults(messages: readonly ChatMessage[]): ChatMessage[] {
  const plain: ChatMessage[] = [];
  let wasResult = false;
  for (const message of messages) {
    const last = plain.at(-1);
    const isResult = message.role === 'tool';
    if (isResult && wasResult && last !== undefined)
      plain[plain.length - 1] = { ...last, content: `${last.content}\n${result(message)}` };
    else if (isResult) plain.push({ role: 'user', content: result(message) });
    else
      plain.push({
        role: message.role,
        content: [message.content, ...(message.tool_calls ?? []).map(call)].filter(Boolean).join('\n'),
      });
    wasResult = isResult;
  }
  return plain;
}

function result({ content }: ChatMessage): string {
  return `<tool_response>\n${content}\n</tool_response>`;
}

function call({ function: { name, arguments: text } }: ToolCall): string {
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${text}}\n</tool_call>`;
}
