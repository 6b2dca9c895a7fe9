// Requirement: tools as the official `openai` package uses them: called when they must be, with arguments that are valid by their
// parameters, streamed as at once; and what they gave is taken back into the conversation.
import OpenAI, { BadRequestError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { keyOf, startProduct, type Product } from './product.ts';

const MESSAGES: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'What is the weather?' }];
const Weather = z.strictObject({ city: z.enum(['Bern', 'Rome']), days: z.number().int().min(1).max(7) });
const PARAMETERS = z.toJSONSchema(Weather) as Record<string, unknown>;
const TOOLS: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'get_time', description: 'The time of day.' } },
  {
    type: 'function',
    function: { name: 'get_weather', description: 'A forecast.', parameters: PARAMETERS },
  },
];
const NAMED = { type: 'function', function: { name: 'get_weather' } } as const;

let product: Product;
let client: OpenAI;

beforeAll(async () => {
  product = await startProduct();
  client = new OpenAI({ baseURL: `${product.gateway}/v1`, apiKey: keyOf(product), maxRetries: 0 });
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

function calledWith(call: OpenAI.ChatCompletionMessageToolCall | undefined): unknown {
  if (call?.type !== 'function') throw new Error('no function was called');
  return JSON.parse(call.function.arguments);
}

describe.each(['tiny-llama', 'tiny-phi2'])('%s', (model) => {
  const request = { model, messages: MESSAGES, tools: TOOLS, temperature: 1.5 };

  it('calls the tool that it must, with valid arguments', async () => {
    for (const seed of [1, 2, 3]) {
      const forced = { ...request, seed, tool_choice: NAMED, parallel_tool_calls: false };
      const { choices } = await client.chat.completions.create(forced);
      const [call, ...others] = choices[0]?.message.tool_calls ?? [];
      expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
      expect(call).toMatchObject({
        id: expect.stringMatching(/^call_[0-9A-Za-z]{16}$/) as string,
        function: { name: 'get_weather' },
      });
      expect(Weather.safeParse(calledWith(call)).success).toBe(true);
      expect(others).toEqual([]);
    }
  });

  it('calls some tool when it must call one', async () => {
    const forced = { ...request, seed: 4, tool_choice: 'required' as const };
    const { choices } = await client.chat.completions.create(forced);
    for (const call of choices[0]?.message.tool_calls ?? []) {
      expect(['get_time', 'get_weather']).toContain(call.type === 'function' ? call.function.name : null);
      expect(calledWith(call)).toBeTypeOf('object');
    }
    expect(choices[0]?.message.tool_calls?.length).toBeGreaterThan(0);
  });

  it('streams the same calls', async () => {
    const same = { ...request, seed: 5, tool_choice: NAMED, parallel_tool_calls: false };
    const whole = await client.chat.completions.create(same);
    const stream = client.chat.completions.stream(same);
    const final = await stream.finalChatCompletion();
    const [streamed, atOnce] = [final, whole].map(({ choices }) => choices[0]?.message.tool_calls?.[0]);
    expect(calledWith(streamed)).toEqual(calledWith(atOnce));
    expect(final.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('answers freely where it may call and does not', async () => {
    const { choices } = await client.chat.completions.create({ ...request, temperature: 0, tool_choice: 'auto' });
    expect(choices[0]?.finish_reason).toBe('stop');
    expect(choices[0]?.message.content?.length).toBeGreaterThan(0);
    expect(choices[0]?.message.tool_calls).toBeUndefined();
  });

  it('is told of no tools when it must call none', async () => {
    const without = await client.chat.completions.create({ model, messages: MESSAGES, temperature: 0 });
    const none = await client.chat.completions.create({ ...request, temperature: 0, tool_choice: 'none' });
    expect(none.usage?.prompt_tokens).toBe(without.usage?.prompt_tokens);
    expect(none.choices[0]?.message.content).toBe(without.choices[0]?.message.content);
  });

  it('takes back what a tool gave, in the loop of the client', async () => {
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools(
      {
        ...request,
        temperature: 0,
        tool_choice: NAMED,
        parallel_tool_calls: false,
        tools: [
          {
            type: 'function',
            function: {
              name: 'get_weather',
              description: 'A forecast.',
              parameters: PARAMETERS,
              parse: (text: string) => Weather.parse(JSON.parse(text)),
              function: (asking: unknown) => {
                asked.push(asking);
                return 'sunny';
              },
            },
          },
        ],
      },
      { maxChatCompletions: 2 },
    );
    await runner.done();
    expect(asked.length).toBeGreaterThan(0);
    expect(runner.messages.map(({ role }) => role).slice(0, 3)).toEqual(['user', 'assistant', 'tool']);
  });
});

describe('bad tools', () => {
  it.each([
    ['tools[0].function.name', { tools: [{ type: 'function', function: { name: 'no spaces' } }] }],
    [
      'tools[0].function.parameters.properties.a.multipleOf',
      {
        tools: [
          {
            type: 'function',
            function: { name: 'f', parameters: { properties: { a: { type: 'integer', multipleOf: 2 } } } },
          },
        ],
      },
    ],
    [
      'tools[0].function.parameters.type',
      { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'string' } } }] },
    ],
    ['tool_choice.function.name', { tools: TOOLS, tool_choice: { type: 'function', function: { name: 'other' } } }],
    ['tool_choice', { tool_choice: 'required' }],
    ['tools', { tools: [TOOLS[0], TOOLS[0]] }],
    ['response_format', { tools: TOOLS, response_format: { type: 'json_object' } }],
    ['functions', { functions: [] }],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: 'x' }] }],
    [
      'messages[0].tool_calls',
      {
        messages: [
          {
            role: 'user',
            content: 'x',
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
        ],
      },
    ],
    ['messages[0].content', { messages: [{ role: 'assistant' }] }],
  ])('are refused, naming %s', async (param, fields) => {
    const asking = client.chat.completions.create({ model: 'tiny-llama', messages: MESSAGES, ...fields } as never);
    await expect(asking).rejects.toMatchObject({ constructor: BadRequestError, param });
  });
});
