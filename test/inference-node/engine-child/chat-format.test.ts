import { describe, expect, test } from 'vitest';
import { chatFormatOf } from '../../../inference-node/engine-child/chat-format.ts';
import type { ChatMessage } from '../../../protocol/inference/chat-completion.ts';

const say = (role: ChatMessage['role'], content: string): ChatMessage => ({
  role,
  content,
  name: undefined,
  refusal: undefined,
});
const TURNS =
  "{% for m in messages %}{{ '[' + m.role + ']' + m.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";
const STRICT =
  "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}" +
  "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('turns') }}{% endif %}" +
  "{{ m.role[0] + ':' + m.content | trim + ';' }}{% endfor %}";

function render(template: string | null, messages: readonly ChatMessage[], architecture = 'llama'): string {
  return chatFormatOf({ architecture, chatTemplate: template, bosText: '<s>', eosText: '</s>' }).render(messages).text;
}

describe("the model's own template", () => {
  test('is rendered with a place for the answer, developer as system', () => {
    expect(render(TURNS, [say('developer', 'Be brief.'), say('user', 'Hi')])).toBe(
      '[system]Be brief.[user]Hi[assistant]',
    );
  });

  test('that refuses a system message gets it in front of the first user message', () => {
    expect(render(STRICT, [say('system', 'Be brief.'), say('user', ' Hi ')])).toBe('<s>u:Be brief.\n\n Hi;');
  });

  test('that leaves system messages out silently gets them the same way', () => {
    const silent = "{% for m in messages %}{% if m.role != 'system' %}{{ m.content }}{% endif %}{% endfor %}";
    expect(render(silent, [say('system', 'Be brief.'), say('user', 'Hi')])).toBe('Be brief.\n\nHi');
  });

  test('that insists on turns gets neighbours joined', () => {
    const messages = [say('user', 'a'), say('user', 'b'), say('assistant', 'c'), say('user', 'd')];
    expect(render(STRICT, messages)).toBe('<s>u:a\n\nb;a:c;u:d;');
  });

  test('that still refuses is a clear error of the caller', () => {
    expect(() => render(STRICT, [say('assistant', 'a')])).toThrow(
      expect.objectContaining({ code: 'invalid_value', param: 'messages' }),
    );
  });

  test('that shows no message cannot be loaded', () => {
    expect(() => render('nothing', [say('user', 'a')])).toThrow(/leaves the message out/);
  });

  test('that shows only the last system message, or the first, gets all in one', () => {
    const last =
      "{% set ns = namespace(s='') %}{% for m in messages %}{% if m.role == 'system' %}{% set ns.s = m.content %}{% endif %}" +
      "{% endfor %}{{ '<' + ns.s + '>' }}{% for m in messages %}{% if m.role != 'system' %}{{ m.content }}{% endif %}{% endfor %}";
    const first =
      "{% for m in messages %}{% if m.role != 'system' or loop.first %}{{ '<' + m.content + '>' }}{% endif %}{% endfor %}";
    const messages = [say('system', 'A'), say('developer', 'B'), say('user', 'Hi'), say('system', 'C')];
    expect(render(last, messages)).toBe('<A\n\nB\n\nC>Hi');
    expect(render(first, messages)).toBe('<A\n\nB\n\nC><Hi>');
  });

  test('that leaves the system message out of some conversations only gets it in front of the first user message there', () => {
    const sometimes =
      "{% for m in messages %}{% if m.role == 'system' %}{% if messages[-1].role == 'user' %}{{ '<' + m.content + '>' }}" +
      '{% endif %}{% else %}{{ m.content }}{% endif %}{% endfor %}';
    expect(render(sometimes, [say('system', 'A'), say('user', 'Hi')])).toBe('<A>Hi');
    expect(render(sometimes, [say('system', 'A'), say('user', 'Hi'), say('assistant', 'B')])).toBe('A\n\nHiB');
  });

  test('that was written for tools alone chats without', () => {
    const tools = '{% for tool in tools %}{{ tool.function.name }}{% endfor %}{{ messages[0].content }}';
    expect(render(tools, [say('user', 'Hi')])).toBe('Hi');
  });

  test('may tell the date', () => {
    expect(render("{{ strftime_now('%Y') }}{{ messages[0].content }}", [say('user', 'Hi')])).toMatch(/^20\d\dHi$/);
  });
});

describe('tools', () => {
  const CALLS =
    "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls or [] %}{{ '<tool_call>' + c.function | tojson }}{% endfor %}{% endfor %}";
  const formatOf = (chatTemplate: string): string =>
    chatFormatOf({ architecture: 'llama', chatTemplate, bosText: '', eosText: '' }).toolFormat;

  test("are told and called in the template's own form where it shows tools, calls and results", () => {
    expect(formatOf('{% for tool in tools %}{{ tool | tojson }}{% endfor %}' + CALLS)).toBe('tagged');
  });

  test.each([
    [
      'fails for tools as clients send them',
      '{% for t in tools %}{{ t.function.parameters.properties.text.description | trim }}{% endfor %}',
    ],
    [
      'does not show what tools gave',
      '{% for t in tools %}{{ t | tojson }}{% endfor %}{% set messages = messages[:2] %}',
    ],
    ['does not show the tools', '{# tools #}'],
  ])('are described where it %s', (_, start) => {
    expect(formatOf(start + CALLS.replaceAll('c.function', 'c.function.arguments'))).toBe('described');
  });

  test('are shown with all that templates look for, and nothing else', () => {
    const format = chatFormatOf({
      architecture: 'any',
      chatTemplate: '{{ tools | tojson }}{{ messages[0].content }}',
      bosText: '',
      eosText: '',
    });
    const bare = {
      type: 'function',
      function: { name: 'f', description: undefined, parameters: undefined, strict: true },
    } as const;
    expect(format.render([say('user', '')], [bare]).text).toBe(
      '[{"type": "function", "function": {"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}}}]',
    );
  });
});

describe('without a template', () => {
  const messages = [say('system', 'Be brief.'), say('user', 'Hi'), say('assistant', 'Hello.'), say('user', 'Bye')];

  test("phi2 gets its paper's form", () => {
    expect(render(null, messages, 'phi2')).toBe('Be brief.\nInstruct: Hi\nOutput: Hello.\nInstruct: Bye\nOutput:');
  });

  test('any other gets lines by role, and stops where the next turn would begin', () => {
    expect(render(null, messages)).toBe('system: Be brief.\nuser: Hi\nassistant: Hello.\nuser: Bye\nassistant:');
    const format = chatFormatOf({ architecture: 'llama', chatTemplate: null, bosText: '', eosText: '' });
    expect(format.render(messages).stops).toContain('\nuser:');
  });
});
