// Guarantee: calls and what they gave reach every model, also one whose template takes them in another order or knows none.
import { describe, expect, test } from 'vitest';
import { TOOL_FORMATS, toolFormatOf, type ToolFormatName } from '../../../inference-node/tool-formats/tool-formats.ts';
import { chatMessageSchema, type ChatMessage } from '../../../protocol/inference/chat-completion.ts';

const asks = (content: string | null, ...ids: readonly string[]): object => ({
  role: 'assistant',
  content,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: `f-${id}`, arguments: '{}' } })),
});
const gives = (id: string): object => ({ role: 'tool', tool_call_id: id, content: `of ${id}` });
const says = (role: string, content: string): object => ({ role, content });

function prepare(format: ToolFormatName, messages: readonly object[]): readonly ChatMessage[] {
  return TOOL_FORMATS[format].prepare(
    messages.map((message) => chatMessageSchema.parse(message)),
    null,
  );
}

/** As "role: content", with the ids of calls and answers. */
function outline(messages: readonly ChatMessage[]): string[] {
  return messages.map(({ role, content, tool_calls: calls = [], tool_call_id: answered }) =>
    [
      `${role}:`,
      content,
      ...calls.map(({ id }) => `calls ${id}`),
      ...(answered === undefined ? [] : [`for ${answered}`]),
    ]
      .filter((part) => part !== '')
      .join(' '),
  );
}

describe('llama: one call a message, each with what it gave', () => {
  test.each([
    ['in order', [asks('Hm.', 'a', 'b'), gives('a'), gives('b')]],
    ['in another order', [asks('Hm.', 'a', 'b'), gives('b'), gives('a')]],
  ])('%s', (_, messages) => {
    expect(outline(prepare('llama', [says('user', 'Hi'), ...messages, says('assistant', 'So.')]))).toEqual([
      'user: Hi',
      'assistant: Hm. calls a',
      'tool: of a for a',
      'assistant: calls b',
      'tool: of b for b',
      'assistant: So.',
    ]);
  });

  test('and nothing is lost or told twice where they do not match', () => {
    const messages = [asks(null, 'a', 'a', 'b'), gives('a'), gives('c'), says('user', 'Hi'), gives('b')];
    expect(outline(prepare('llama', messages))).toEqual([
      'assistant: calls a',
      'tool: of a for a',
      'assistant: calls a',
      'assistant: calls b',
      'tool: of c for c',
      'user: Hi',
      'tool: of b for b',
    ]);
  });

  test('a single call stays as it was', () => {
    const messages = [asks('Hm.', 'a'), gives('a'), asks(null, 'b'), gives('b')].map((one) =>
      chatMessageSchema.parse(one),
    );
    expect(TOOL_FORMATS.llama.prepare(messages, null)).toEqual(messages);
  });
});

describe.each(['mistral-list', 'mistral-name'] as const)('%s: ids of nine letters and digits', (format) => {
  test('the same for the call and its answer, and its own as they are', () => {
    const [call, answer] = prepare(format, [asks(null, 'call_1', 'aB3dE6gH9'), gives('call_1')]);
    const [first, second] = call?.tool_calls ?? [];
    expect(first?.id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(answer?.tool_call_id).toBe(first?.id);
    expect(second?.id).toBe('aB3dE6gH9');
  });
});

describe('described: as plain text', () => {
  test('results in a row are one message', () => {
    const messages = [
      says('user', 'Hi'),
      asks('Hm.', 'a', 'b'),
      gives('a'),
      gives('b'),
      says('user', 'Bye'),
      gives('c'),
    ];
    expect(prepare('described', messages)).toEqual([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content:
          'Hm.\n<tool_call>\n{"name": "f-a", "arguments": {}}\n</tool_call>\n<tool_call>\n{"name": "f-b", "arguments": {}}\n</tool_call>',
      },
      { role: 'user', content: '<tool_response>\nof a\n</tool_response>\n<tool_response>\nof b\n</tool_response>' },
      { role: 'user', content: 'Bye' },
      { role: 'user', content: '<tool_response>\nof c\n</tool_response>' },
    ]);
  });

  test('the tools stand after what the first message tells the model to be', () => {
    const use = { tools: [{ type: 'function', function: { name: 'f' } }], choice: 'auto', isParallel: true } as const;
    const messages = [says('developer', 'Be brief.'), says('user', 'Hi')].map((one) => chatMessageSchema.parse(one));
    const [first, ...others] = TOOL_FORMATS.described.prepare(messages, use);
    expect(first?.content).toMatch(/^Be brief\.\n\nYou may call .*"name":"f"/s);
    expect(others.map(({ content }) => content)).toEqual(['Hi']);
    const [alone, question] = TOOL_FORMATS.described.prepare(messages.slice(1), use);
    expect(alone).toMatchObject({ role: 'system', content: expect.stringMatching(/^You may call/) as string });
    expect(question?.content).toBe('Hi');
  });
});

test.each([
  ['described', 'messages'],
  ['described', 'tools <tool_call> <function='],
  ['described', 'tools <tool_call> <arg_key>'],
  ['described', 'tools <tool_call> <invoke name='],
  ['described', 'tools <tool_call> <tool_calls>'],
  ['described', '<tool_call>, but no toolset'],
  ['tagged', 'tools <tool_call>'],
  ['mistral-list', 'tools [TOOL_CALLS]'],
  ['mistral-name', 'tools [TOOL_CALLS] [ARGS]'],
  ['llama', 'tools <|start_header_id|> "parameters"'],
])('%s is what a template speaks that has: %s', (expected, template) => {
  expect(toolFormatOf(template)).toBe(expected);
});
