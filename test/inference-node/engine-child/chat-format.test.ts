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

  test('may tell the date', () => {
    expect(render("{{ strftime_now('%Y') }}{{ messages[0].content }}", [say('user', 'Hi')])).toMatch(/^20\d\dHi$/);
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
