// A whole answer of an unstated length that stands still: its node is away, whatever the route makes of the answer.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallClock } from '../../../worker/src/call-clock.ts';
import { holdBody, type HeldBody } from '../../../worker/src/relay/hold-body.ts';
import { OPENAI_FORM } from '../../../worker/src/relay/openai-form.ts';
import { PREDICT_FORM } from '../../../worker/src/relay/predict-form.ts';

/** As long as a node that is silent has to come back. */
const PATIENCE_MS = 15_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** What a client is sent of it. */
async function readAll(body: HeldBody | string): Promise<string> {
  return typeof body === 'string' ? body : new Response(body).text();
}

it.each([
  ['the routes of OpenAI', OPENAI_FORM],
  ['/predict', PREDICT_FORM],
])('ends with node_offline, and with its connection, for %s', async (_routes, form) => {
  const beginning = new TextEncoder().encode('{"choices":[');
  const ender = new AbortController();
  const stands = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(beginning);
    },
  });
  const held = holdBody(new Response(stands), { clock: new CallClock(), ender });
  const seen = held.then(async (body) => readAll(await form.readBody(body)));
  const failed = expect(seen).rejects.toMatchObject({ code: 'node_offline' });
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  await failed;
  expect(ender.signal.reason).toMatchObject({ code: 'node_offline' });
});
