// How often a client that waits gets a sign of life: as often as the settings say, for that is how soon a client that left is noticed.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallClock } from '../../../worker/src/call-clock.ts';
import { ClientLeftError, waitWithSigns } from '../../../worker/src/relay/wait-with-signs.ts';
import { testGateway } from '../test-gateway.ts';

const SIGN = new Uint8Array([0x20]);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

it.each([80, 1_000])('a client that waits gets a sign of life every %d ms, as the settings say', async (everyMs) => {
  const { config } = testGateway({ SIGN_INTERVAL_MS: String(everyMs) });
  let signs = 0;
  const writer = new WritableStream({
    write() {
      signs += 1;
    },
  }).getWriter();
  const { promise: work, resolve } = Promise.withResolvers<string>();
  const waiting = waitWithSigns({ clock: new CallClock(), config }, work, writer, SIGN);
  for (const sofar of [0, 1, 2]) {
    await vi.advanceTimersByTimeAsync(everyMs - 1);
    expect(signs).toBe(sofar);
    await vi.advanceTimersByTimeAsync(1);
    expect(signs).toBe(sofar + 1);
  }
  resolve('the answer');
  expect(await waiting).toBe('the answer');
});

it('a sign that cannot be written tells that the client has left', async () => {
  const { config } = testGateway();
  const writer = new WritableStream({ write: () => Promise.reject(new Error('gone')) }).getWriter();
  const never = new Promise(() => undefined);
  const waiting = expect(waitWithSigns({ clock: new CallClock(), config }, never, writer, SIGN)).rejects.toThrow(
    ClientLeftError,
  );
  await vi.advanceTimersByTimeAsync(config.signIntervalMs);
  await waiting;
});
