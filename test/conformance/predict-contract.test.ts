// Requirement: `POST /predict` answers to the letter as its article promises.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, startProduct, type Product } from './product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

function predict(body: unknown, headers: Record<string, string>): Promise<Response> {
  return fetch(`${product.gateway}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

describe('POST /predict', () => {
  it.for(['authorization', 'x-api-key'])('answers {"prediction"} to a key in %s', async (header) => {
    const key = keyOf(product);
    const answer = await predict(
      { input: 'What is an API key?' },
      { [header]: header === 'authorization' ? `Bearer ${key}` : key },
    );
    expect(answer.status).toBe(200);
    const body: unknown = await answer.json();
    expect(body).toEqual({ prediction: expect.stringMatching(/\w{3}/) as unknown });
  });

  it.for([
    ['no key', {}],
    ['an empty key', { authorization: 'Bearer ' }],
    ['a word', { authorization: 'Bearer secret' }],
    ['another scheme', { authorization: 'Basic aGs6aGs=' }],
    ['an invented key', { 'x-api-key': `hk_${'A'.repeat(16)}_${'B'.repeat(51)}` }],
  ] as const)('answers exactly {"error":"Unauthorized"} to %s', async ([, headers]) => {
    const answer = await predict({ input: 'hi' }, headers);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toBe('{"error":"Unauthorized"}');
  });

  it('answers 401 when two different keys are sent', async () => {
    const key = keyOf(product);
    const answer = await predict({ input: 'hi' }, { authorization: `Bearer ${key}`, 'x-api-key': `${key}x` });
    expect(answer.status).toBe(401);
  });

  it('answers other errors as {"error": "<message>"} with the right status', async () => {
    const headers = { authorization: `Bearer ${keyOf(product)}` };
    const missing = await predict({}, headers);
    expect(missing.status).toBe(400);
    expect(await missing.json()).toEqual({ error: "Missing required field 'input'." });
    const unknown = await predict({ input: 'hi', model: 'gpt-4o' }, headers);
    expect(unknown.status).toBe(404);
  });

  it('respects max_tokens and stop', async () => {
    const headers = { authorization: `Bearer ${keyOf(product)}` };
    const body = { input: 'Tell me a story', max_tokens: 2, temperature: 0 };
    const { prediction } = (await (await predict(body, headers)).json()) as { prediction: string };
    expect(prediction.length).toBeLessThan(40);
  });
});
