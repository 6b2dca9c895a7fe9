// Requirement: llama.cpp's own server can be a node. It runs where LLAMA_SERVER names its binary (bench/README.md says how to build one).
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ChildProgram } from '../../bench/harness/child-program.ts';
import { freePort } from '../../bench/harness/free-port.ts';
import { modelListSchema } from '../../protocol/inference/model-list.ts';
import { SseDataParser } from '../../protocol/inference/server-sent-events.ts';
import { temporaryFolder, type TemporaryFolder } from '../cli/temporary-folder.ts';
import { startGatewayOf } from './gateway-of-server.ts';
import { keyOf, type Product } from './product.ts';
import { writeSlowModel } from './slow-model.ts';

const command = process.env['LLAMA_SERVER'];
const NAME =
  command === undefined ? 'llama-server as a node: skipped, LLAMA_SERVER names no binary' : `${command} as a node`;

const BEARER = 'sk-llama-server-of-the-tests';
const CONTEXT_LENGTH = 512;
/**
 * How often to ask what it does. It looks for its clients' leaving when nothing has been answered for a second, this question included: who
 * asks all the time keeps it from looking (seen with the release of node-llama-cpp 3.22.1).
 */
const LOOK_EVERY_MS = 1_200;
/** Reading it takes the slow model seconds: each character is a token. */
const LONG_PROMPT = 'word '.repeat(600);
const QUESTION = { messages: [{ role: 'user', content: 'How do I revoke a key?' }], temperature: 0, max_tokens: 16 };

const answerSchema = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }),
});
const chunkSchema = z.object({
  choices: z.tuple([z.object({ delta: z.object({ content: z.string().nullish() }) })]),
  usage: z.null().optional(),
});
const slotsSchema = z.array(z.object({ is_processing: z.boolean() }));

/** A llama-server with one model, and a gateway in front of it. */
type Served = { program: ChildProgram; url: string; product: Product };

let folder: TemporaryFolder;

async function serve(model: string, file: string, contextLength: number): Promise<Served> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const place = ['--host', '127.0.0.1', '--port', String(port), '--api-key', BEARER];
  const settings = ['--parallel', '1', '--ctx-size', String(contextLength), '--n-gpu-layers', '0'];
  const program = new ChildProgram({
    name: `llama-server of ${model}`,
    command: command ?? '',
    args: ['--model', file, '--alias', model, ...place, ...settings],
    folder: folder.path,
  });
  await program.until(async () => ((await fetch(`${url}/health`)).status === 200 ? true : null));
  return { program, url, product: await startGatewayOf({ url, bearer: BEARER }) };
}

async function stop({ program, product }: Served): Promise<void> {
  await product[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
}

function post(url: string, bearer: string, body: object, signal?: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer}` };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  return fetch(url, signal === undefined ? init : { ...init, signal });
}

function ask({ product }: Served, path: string, body: object, signal?: AbortSignal): Promise<Response> {
  return post(product.gateway + path, keyOf(product), body, signal);
}

describe.skipIf(command === undefined)(NAME, () => {
  let tiny: Served;
  let slow: Served;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeSlowModel(folder.file('slow.gguf'));
    tiny = await serve('tiny-llama', 'models/tiny-llama.gguf', CONTEXT_LENGTH);
    slow = await serve('slow', folder.file('slow.gguf'), 8 * CONTEXT_LENGTH);
  });

  afterAll(async () => {
    await stop(tiny);
    await stop(slow);
    await folder[Symbol.asyncDispose]();
  });

  it('has its model listed, with the context that it was started with', async () => {
    const headers = { authorization: `Bearer ${keyOf(tiny.product)}` };
    const list = modelListSchema.parse(await (await fetch(`${tiny.product.gateway}/v1/models`, { headers })).json());
    expect(list.data).toMatchObject([{ id: 'tiny-llama', context_length: CONTEXT_LENGTH }]);
  });

  it('answers as it does without a gateway, whole and streamed, and says itself what that cost', async () => {
    const body = { ...QUESTION, model: 'tiny-llama' };
    const direct = answerSchema.parse(await (await post(`${tiny.url}/v1/chat/completions`, BEARER, body)).json());
    const whole = answerSchema.parse(await (await ask(tiny, '/v1/chat/completions', body)).json());
    expect(whole).toEqual(direct);
    const answer = await ask(tiny, '/v1/chat/completions', { ...body, stream: true });
    const events = new SseDataParser().push(await answer.text());
    expect(events.at(-1)).toBe('[DONE]');
    // The usage, which the client has not asked for, would be in a chunk without choices.
    const chunks = events.slice(0, -1).map((event) => chunkSchema.parse(JSON.parse(event)));
    const text = chunks.map(({ choices: [{ delta }] }) => delta.content ?? '').join('');
    expect(text).toBe(direct.choices[0].message.content);
  });

  it('has its refusals told as ours', async () => {
    const long = { model: 'tiny-llama', messages: [{ role: 'user', content: 'word '.repeat(CONTEXT_LENGTH) }] };
    const tooLong = await ask(tiny, '/v1/chat/completions', long);
    expect([tooLong.status, await tooLong.json()]).toMatchObject([400, { error: { code: 'context_length_exceeded' } }]);
    const vectors = await ask(tiny, '/v1/embeddings', { model: 'tiny-llama', input: 'x' });
    expect([vectors.status, await vectors.json()]).toMatchObject([400, { error: { code: 'unsupported_parameter' } }]);
  });

  it.for([
    ['in the middle of a stream', { stream: true }],
    ['while its prompt is being read', { stream: true, prompt: LONG_PROMPT }],
    ['while it waits for a whole answer', {}],
  ] as const)('stops when its client leaves %s', async ([, more]) => {
    const untilProcessing = async (wanted: boolean): Promise<void> => {
      const headers = { authorization: `Bearer ${BEARER}` };
      const look = async (): Promise<boolean> =>
        slotsSchema
          .parse(await (await fetch(`${slow.url}/slots`, { headers })).json())
          .some((slot) => slot.is_processing);
      while ((await look()) !== wanted) await delay(LOOK_EVERY_MS);
    };
    const leave = new AbortController();
    // More than it makes in the time of this test.
    const call = { model: 'slow', prompt: 'once', max_tokens: 4_000, ...more };
    const answer = ask(slow, '/v1/completions', call, leave.signal);
    answer.catch(() => undefined);
    await untilProcessing(true);
    if ('stream' in more && !('prompt' in more)) await (await answer).body?.getReader().read();
    const leftMs = Date.now();
    leave.abort();
    await untilProcessing(false);
    // The gateway's first sign of life, its own look, and ours.
    expect(Date.now() - leftMs).toBeLessThan(6_000);
  });
});
