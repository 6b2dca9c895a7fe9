// Guarantee: what each format's grammar takes is exactly calls of the tools with arguments that are valid by their parameters, as models of
// that family write them; and what it takes, the parser tells.
import { getLlama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToolCallParser } from '../../../inference-node/tool-formats/tool-call-parser.ts';
import { TOOL_FORMATS, type ToolFormatName } from '../../../inference-node/tool-formats/tool-formats.ts';
import type { ToolUse } from '../../../inference-node/tool-formats/tool-use.ts';
import type { Tool } from '../../../protocol/inference/tools.ts';

const tool = (name: string, parameters?: Record<string, unknown>): Tool => ({
  type: 'function',
  function: { name, parameters, description: undefined, strict: undefined },
});
const CITY = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const TOOLS = [tool('get_time'), tool('get_weather', CITY), tool('get_weather_of-week', CITY)];
const NAMES = TOOLS.map(({ function: { name } }) => name);

let llama: Awaited<ReturnType<typeof getLlama>>;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never' });
});
afterAll(() => llama.dispose());

/** Whether an answer may be this text, from its first character on or from the one after its trigger. */
async function takes(format: ToolFormatName, use: Partial<ToolUse>, text: string): Promise<boolean> {
  const { gbnf, triggers, triggerIsPart } = TOOL_FORMATS[format].constrain({
    tools: TOOLS,
    choice: 'required',
    isParallel: true,
    ...use,
  });
  const trigger = triggers.length === 0 ? '' : triggers.find((one) => text.includes(one));
  if (trigger === undefined) return false;
  const from = text.indexOf(trigger) + (triggerIsPart === true ? 0 : trigger.length);
  const grammar: unknown = await llama.createGrammar({ grammar: gbnf });
  return (grammar as { _testText: (text: string) => boolean })._testText(text.slice(from));
}

function callsIn(format: ToolFormatName, text: string): string[] {
  const parser = new ToolCallParser(TOOL_FORMATS[format].syntax, NAMES);
  const calls: string[] = [];
  for (const part of [...parser.push(text), ...parser.end()]) {
    if (part.type === 'call') calls.push(`${part.name} `);
    if (part.type === 'arguments') calls[part.index] = `${calls[part.index] ?? ''}${part.text}`;
  }
  return calls;
}

const TIME = 'get_time {}';
const BERN = 'get_weather {"city": "Bern"}';

/** One call, several, and one that the family's models write too. */
const WRITTEN: Record<ToolFormatName, { one: string; several: string | null; others: readonly string[] }> = {
  tagged: {
    one: '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Bern"}}\n</tool_call>',
    several:
      '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Bern"}}\n</tool_call>\n' +
      '<tool_call>\n{"name": "get_time", "arguments": {}}\n</tool_call>',
    others: ['<tool_call>{"name":"get_weather","arguments":{"city": "Bern"}}</tool_call>'],
  },
  described: {
    one: '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Bern"}}\n</tool_call>',
    several:
      '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Bern"}}\n</tool_call>' +
      '<tool_call>\n{"name": "get_time", "arguments": {}}\n</tool_call>',
    others: [],
  },
  llama: {
    one: '{"name": "get_weather", "parameters": {"city": "Bern"}}',
    several: null,
    others: ['{"name":"get_weather","parameters":{"city": "Bern"}}'],
  },
  'mistral-list': {
    one: '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Bern"}}]',
    several:
      '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Bern"}}, {"name": "get_time", "arguments": {}}]',
    others: ['[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Bern"}, "id": "aB3dE6gH9"}]'],
  },
  'mistral-name': {
    one: '[TOOL_CALLS]get_weather[ARGS]{"city": "Bern"}',
    several: '[TOOL_CALLS]get_weather[ARGS]{"city": "Bern"}[TOOL_CALLS]get_time[ARGS]{}',
    others: ['[TOOL_CALLS]get_weather[CALL_ID]aB3dE6gH9[ARGS]{"city": "Bern"}'],
  },
};

describe.each(Object.entries(WRITTEN) as [ToolFormatName, (typeof WRITTEN)[ToolFormatName]][])(
  '%s',
  (format, { one, several, others }) => {
    test('takes calls as the models write them, and they are told', async () => {
      for (const text of [one, ...others]) {
        expect(await takes(format, {}, text), text).toBe(true);
        expect(await takes(format, { choice: 'auto' }, text), text).toBe(true);
        expect(callsIn(format, text)).toEqual([BERN]);
      }
    });

    test('takes several calls, but where only one may come', async () => {
      const many = several ?? `${one}\n${one}`;
      const knowsSeveral = several !== null;
      expect(await takes(format, {}, many)).toBe(knowsSeveral);
      expect(await takes(format, { choice: 'auto' }, many)).toBe(knowsSeveral);
      expect(await takes(format, { isParallel: false }, many)).toBe(false);
      expect(await takes(format, { isParallel: false }, one)).toBe(true);
      if (knowsSeveral) expect(callsIn(format, many)).toEqual([BERN, TIME]);
    });

    test('takes no other tool than the one that must be called', async () => {
      expect(await takes(format, { choice: { name: 'get_weather' } }, one)).toBe(true);
      for (const other of ['get_time', 'get_weather_of-week']) {
        expect(await takes(format, { choice: { name: other } }, one)).toBe(false);
      }
      expect(await takes(format, {}, one.replace('get_weather', 'get_weather_of-week'))).toBe(true);
    });

    test.each([
      ['a name that no tool has', 'get_weather', 'get_weathers'],
      ['the beginning of a name', 'get_weather', 'get_w'],
      ['arguments of another tool', '{"city": "Bern"}', '{}'],
      ['arguments that are not valid', '"Bern"', '1'],
      ['arguments that no tool has', '"city": "Bern"', '"city": "Bern", "day": 1'],
      ['arguments that are no JSON', '"Bern"', "'Bern'"],
      ['arguments that are no object', '{"city": "Bern"}', '["Bern"]'],
    ])('refuses %s', async (_, part, instead) => {
      expect(await takes(format, {}, one.replace(part, instead))).toBe(false);
      expect(await takes(format, { choice: 'auto' }, one.replace(part, instead))).toBe(false);
    });

    test('refuses an answer that is no call, where one must come, and anything after calls', async () => {
      expect(await takes(format, {}, 'It is sunny.')).toBe(false);
      expect(await takes(format, {}, `Let me see. ${one}`)).toBe(false);
      expect(await takes(format, {}, one.slice(0, -1))).toBe(false);
      expect(await takes(format, {}, `${one} It is sunny.`)).toBe(false);
      expect(await takes(format, { choice: 'auto' }, `${one} It is sunny.`)).toBe(false);
    });

    test('mints ids that no call had before', () => {
      const ids = Array.from({ length: 100 }, () => TOOL_FORMATS[format].mintId());
      expect(new Set(ids).size).toBe(ids.length);
      const shape = format.startsWith('mistral') ? /^[A-Za-z0-9]{9}$/ : /^call_[A-Za-z0-9]{16}$/;
      for (const id of ids) expect(id).toMatch(shape);
    });

    test('names the place of a parameter that it cannot enforce', () => {
      const bad = [...TOOLS, tool('f', { properties: { a: { type: 'integer', multipleOf: 3 } } })];
      expect(() => TOOL_FORMATS[format].constrain({ tools: bad, choice: 'auto', isParallel: true })).toThrow(
        expect.objectContaining({
          code: 'invalid_value',
          param: 'tools[3].function.parameters.properties.a.multipleOf',
        }),
      );
    });
  },
);

test.each(['{"name": "Alice", "age": 30}', '{"answer": 42}', '{', '{"name": "get_tim", "parameters": {}}'])(
  'llama: %s is an answer in JSON and no call',
  async (text) => {
    expect(await takes('llama', { choice: 'auto' }, text)).toBe(false);
    expect(callsIn('llama', text)).toEqual([]);
  },
);

test.each([
  '{"name":"get_time","parameters":{}}',
  '{\n  "name": "get_time",\n  "parameters": {}}',
  '{ "name": "get_time", "parameters": {}}',
])('llama: %j is a call', async (text) => {
  expect(await takes('llama', { choice: 'auto' }, text)).toBe(true);
  expect(callsIn('llama', text)).toEqual(['get_time {}']);
});
