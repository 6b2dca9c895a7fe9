import { describe, it } from 'vitest';
import * as z from 'zod';
import { createKeySchema } from '../../../protocol/admin/admin-key.ts';
import { usageQuerySchema } from '../../../protocol/admin/usage.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { nearestName } from '../../../protocol/errors/nearest-name.ts';
import { parseOrThrow } from '../../../protocol/errors/parse-or-throw.ts';
import { chatCompletionRequestSchema } from '../../../protocol/inference/chat-completion.ts';

const key = { user_id: 'SomeUser', name: 'k' };

function refusal(schema: z.ZodType, value: unknown): ApiError {
  try {
    parseOrThrow(schema, value);
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error('the value was accepted');
}

describe('an unknown field', () => {
  it.for([
    [{ ...key, modles: null }, 'modles', "Did you mean 'models'?"],
    [{ ...key, expiresAt: 1 }, 'expiresAt', "Did you mean 'expires_at'?"],
    [{ ...key, rotateAfter: 1 }, 'rotateAfter', "Did you mean 'rotate_after'?"],
    [{ ...key, limits: { requestsPerMinute: 1 } }, 'limits.requestsPerMinute', "Did you mean 'requests_per_minute'?"],
    [
      { ...key, limits: { models: { a: { tokens_per_dya: 1 } } } },
      'limits.models.a.tokens_per_dya',
      "'tokens_per_day'?",
    ],
    [{ ...key, colour: 'red' }, 'colour', 'Leave it out.'],
    [{ ...key, x: 1 }, 'x', 'Leave it out.'],
  ] as const)('of %j is named with the nearest right one', ([body, param, advice], { expect }) => {
    const { code, message, param: named } = refusal(createKeySchema, body);
    expect([code, named]).toEqual(['unknown_parameter', param]);
    expect(message).toContain(`Unknown field '${param}'. `);
    expect(message).toContain(advice);
  });

  it('of a query too, and of a request for a completion', ({ expect }) => {
    expect(refusal(usageQuerySchema, { groupby: 'user' }).message).toContain("Did you mean 'group_by'?");
    const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }], temprature: 1 };
    expect(refusal(chatCompletionRequestSchema, chat).message).toContain("Did you mean 'temperature'?");
  });
});

it('what the schema takes is given on', ({ expect }) => {
  expect(parseOrThrow(z.strictObject({ a: z.string().default('x') }), {})).toEqual({ a: 'x' });
});

it.for([
  ['naem', ['name', 'models'], 'name'],
  ['Name', ['models', 'name'], 'name'],
  ['limit', ['limits', 'limit_set'], 'limits'],
  ['ab', ['q', 'to'], null],
  ['completely', ['different'], null],
  ['', ['a'], null],
  ['a'.repeat(10_000), ['a'], null],
] as const)('the name nearest to %s of %j is %s', ([name, known, nearest], { expect }) => {
  expect(nearestName(name, known)).toBe(nearest);
});
