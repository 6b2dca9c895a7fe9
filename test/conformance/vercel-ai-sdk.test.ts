// Requirement: clients keep the SDK that they have. The Vercel AI SDK (`ai`, with its provider for servers of OpenAI's kind) drives the
// built product.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateText, isStepCount, Output, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { keyOf, startProduct, type Product } from './product.ts';

const QUESTION = 'What does status code 401 mean?';
const City = z.object({ city: z.enum(['Bern', 'Rome']), days: z.number().int().min(1).max(7) });

let product: Product;
let provider: ReturnType<typeof providerWith>;

function providerWith(apiKey: string) {
  return createOpenAICompatible({
    name: 'hearthkey',
    baseURL: `${product.gateway}/v1`,
    apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
}

beforeAll(async () => {
  product = await startProduct();
  provider = providerWith(keyOf(product));
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

/** A tool that keeps what it was asked. */
function weatherTool(asked: z.infer<typeof City>[]) {
  return tool({
    description: 'A forecast.',
    inputSchema: City,
    execute: (input) => {
      asked.push(input);
      return { sky: 'clear' };
    },
  });
}

describe.each(['tiny-llama', 'tiny-phi2'])('the Vercel AI SDK, with %s', (id) => {
  const ask = () => ({ model: provider(id), prompt: QUESTION, temperature: 0, maxRetries: 0 });

  it('generates text, and counts its tokens', async () => {
    const { text, finishReason, usage } = await generateText({ ...ask(), instructions: 'Be brief.' });
    expect(text.length).toBeGreaterThan(10);
    expect(finishReason).toBe('stop');
    expect(usage.inputTokens).toBeGreaterThan(0);
    expect(usage.totalTokens).toBe((usage.inputTokens ?? 0) + (usage.outputTokens ?? 0));
  });

  it('streams the same text and the same count', async () => {
    const whole = await generateText(ask());
    const stream = streamText(ask());
    const pieces: string[] = [];
    for await (const piece of stream.textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(whole.text);
    expect(await stream.finishReason).toBe('stop');
    expect((await stream.usage).outputTokens).toBe(whole.usage.outputTokens);
  });

  it('has its tool called with valid input, and what it gave taken back', async () => {
    const asked: z.infer<typeof City>[] = [];
    const { steps } = await generateText({
      ...ask(),
      tools: { weather: weatherTool(asked) },
      stopWhen: isStepCount(2),
      prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? 'required' : 'none' }),
    });
    expect(asked.length).toBeGreaterThan(0);
    for (const input of asked) expect(City.safeParse(input).success).toBe(true);
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    expect(steps[0]?.toolResults.map(({ output }) => output)).toEqual(asked.map(() => ({ sky: 'clear' })));
    expect(steps[1]?.text.length).toBeGreaterThan(0);
  });

  it('has its tool called the same in a stream', async () => {
    const same = { ...ask(), toolChoice: { type: 'tool', toolName: 'weather' } as const };
    const [streamed, atOnce]: z.infer<typeof City>[][] = [[], []];
    await generateText({ ...same, tools: { weather: weatherTool(atOnce ?? []) } });
    const stream = streamText({ ...same, tools: { weather: weatherTool(streamed ?? []) } });
    expect(await stream.finishReason).toBe('tool-calls');
    expect(streamed?.length).toBeGreaterThan(0);
    expect(streamed).toEqual(atOnce);
  });

  it('gets an object that is valid by its schema, whole and streamed', async () => {
    const same = { ...ask(), temperature: 2, seed: 3, output: Output.object({ schema: City }) };
    const { output } = await generateText(same);
    expect(City.safeParse(output).success).toBe(true);
    const stream = streamText(same);
    const partial: unknown[] = [];
    for await (const part of stream.partialOutputStream) partial.push(part);
    expect(await stream.output).toEqual(output);
    expect(partial.at(-1)).toEqual(output);
  });
});

describe('the Vercel AI SDK', () => {
  it('gets one vector for each text', async () => {
    const { embeddings, usage } = await embedMany({
      model: provider.embeddingModel('tiny-llama'),
      values: ['a key', 'a house', 'a key'],
      maxRetries: 0,
    });
    expect(embeddings.map(({ length }) => length)).toEqual(Array(3).fill(embeddings[0]?.length));
    expect(embeddings[2]).toEqual(embeddings[0]);
    expect(embeddings[1]).not.toEqual(embeddings[0]);
    expect(usage.tokens).toBeGreaterThan(3);
  });

  it('raises its own error for a wrong key, and knows that to try again is of no use', async () => {
    const stranger = providerWith(`${keyOf(product).slice(0, -1)}!`);
    const error: unknown = await generateText({ model: stranger('tiny-llama'), prompt: QUESTION }).catch(
      (reason: unknown) => reason,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 401, isRetryable: false });
    expect(error).toHaveProperty('data.error.code', 'invalid_api_key');
  });

  it('raises it in a stream, too', async () => {
    const errors: unknown[] = [];
    const stream = streamText({
      model: provider('gpt-4o'),
      prompt: QUESTION,
      onError: ({ error }) => void errors.push(error),
    });
    await stream.consumeStream();
    expect(errors).toMatchObject([{ statusCode: 404, isRetryable: false }]);
  });
});
