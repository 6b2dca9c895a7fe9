import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiError } from '../../../protocol/errors/api-error.ts';
import { describeValidationFailure } from '../../../protocol/errors/validation-failure.ts';
import { chatCompletionRequestSchema } from '../../../protocol/inference/chat-completion.ts';
import { completionRequestSchema } from '../../../protocol/inference/completion.ts';
import { predictRequestSchema } from '../../../protocol/inference/predict.ts';

const chat = { model: 'tiny-llama', messages: [{ role: 'user', content: 'hi' }] };

function refusal(body: unknown): Pick<ApiError, 'code' | 'param' | 'message'> {
  const result = chatCompletionRequestSchema.safeParse(body);
  if (result.success) throw new Error('the body was accepted');
  return describeValidationFailure(result.error);
}

describe('a chat request', () => {
  it.for([
    ['a missing model', { messages: chat.messages }, 'missing_required_parameter', 'model'],
    [
      'a missing content',
      { ...chat, messages: [{ role: 'user' }] },
      'missing_required_parameter',
      'messages[0].content',
    ],
    ['no messages', { ...chat, messages: [] }, 'invalid_value', 'messages'],
    ['a negative max_tokens', { ...chat, max_tokens: -1 }, 'invalid_value', 'max_tokens'],
    ['a max_tokens that is no whole number', { ...chat, max_tokens: 1.5 }, 'invalid_value', 'max_tokens'],
    [
      'two different limits',
      { ...chat, max_tokens: 1, max_completion_tokens: 2 },
      'invalid_value',
      'max_completion_tokens',
    ],
    [
      'a lone surrogate',
      { ...chat, messages: [{ role: 'user', content: 'a\ud800' }] },
      'invalid_value',
      'messages[0].content',
    ],
    [
      'a NUL character',
      { ...chat, messages: [{ role: 'user', content: 'a\0' }] },
      'invalid_value',
      'messages[0].content',
    ],
    [
      'an image',
      { ...chat, messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      'invalid_value',
      'messages[0].content[0].type',
    ],
    ['more choices than a call may have', { ...chat, n: 33 }, 'invalid_value', 'n'],
    ['top_logprobs without logprobs', { ...chat, top_logprobs: 2 }, 'invalid_value', 'top_logprobs'],
    ['a bias of a token that is no id', { ...chat, logit_bias: { the: 1 } }, 'invalid_value', 'logit_bias.the'],
    ['an unknown field', { ...chat, temprature: 1 }, 'unknown_parameter', 'temprature'],
    ['five stop texts', { ...chat, stop: ['a', 'b', 'c', 'd', 'e'] }, 'invalid_value', 'stop'],
    ['a body that is no object', [], 'invalid_value', null],
  ] as const)('with %s is refused, naming the field', ([, body, code, param]) => {
    expect(refusal(body)).toMatchObject({ code, param });
  });

  it.for([
    ['functions', [{ name: 'f' }]],
    ['store', true],
    ['audio', {}],
  ] as const)('with the unsupported field %s is refused by name, never ignored', ([field, value]) => {
    const error = refusal({ ...chat, [field]: value });
    expect(error.code).toBe('unsupported_parameter');
    expect(error.message).toContain(`'${field}'`);
  });

  it('accepts what changes nothing, and null for absent', () => {
    const result = chatCompletionRequestSchema.parse({
      ...chat,
      user: 'u',
      metadata: { a: 'b' },
      store: false,
      n: 1,
      presence_penalty: 0,
      frequency_penalty: null,
      response_format: { type: 'text' },
      tools: [],
      max_tokens: null,
      stop: null,
    });
    expect(result).toMatchObject({
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: undefined,
      stop: undefined,
    });
  });

  it('joins text parts and makes stop a list', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    const result = chatCompletionRequestSchema.parse({
      ...chat,
      messages: [{ role: 'user', content: parts }],
      stop: 'x',
    });
    expect(result.messages[0]?.content).toBe('ab');
    expect(result.stop).toEqual(['x']);
  });
});

describe('a completion request', () => {
  const text = { model: 'tiny-llama', prompt: 'a' };

  it.for([
    ['a', ['a']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [[1, 2], [[1, 2]]],
    [
      [[1], [2, 3]],
      [[1], [2, 3]],
    ],
  ])('takes %j as its prompts', ([prompt, prompts]) => {
    expect(completionRequestSchema.parse({ ...text, prompt }).prompt).toEqual(prompts);
  });

  it.for([
    ['too many choices over all prompts', { prompt: ['a', 'b', 'c'], n: 11 }, 'n'],
    ['log probabilities of an echo', { echo: true, logprobs: 1 }, 'logprobs'],
    ['an echo of token ids', { prompt: [1], echo: true }, 'echo'],
    ['a suffix to token ids', { prompt: [1], suffix: 'b' }, 'suffix'],
    ['an echo around a gap', { suffix: 'b', echo: true }, 'echo'],
  ] as const)('with %s is refused, naming the field', ([, fields, param]) => {
    const result = completionRequestSchema.safeParse({ ...text, ...fields });
    expect(result.success).toBe(false);
    if (!result.success)
      expect(describeValidationFailure(result.error)).toMatchObject({ code: 'invalid_value', param });
  });
});

describe('every request schema', () => {
  it.for([
    ['chat', chatCompletionRequestSchema],
    ['completion', completionRequestSchema],
    ['predict', predictRequestSchema],
  ] as const)('%s answers any JSON by a value or by a 400 that says what to do', ([, schema]) => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.dictionary(fc.constantFrom('model', 'messages', 'input', 'prompt', 'stop', 'n'), fc.jsonValue()),
        (any, fields) => {
          for (const body of [any, fields]) {
            const result = schema.safeParse(body);
            if (result.success) continue;
            const error = describeValidationFailure(result.error);
            expect(error.status).toBe(400);
            expect(error.message.length).toBeGreaterThan(10);
          }
        },
      ),
    );
  });
});
