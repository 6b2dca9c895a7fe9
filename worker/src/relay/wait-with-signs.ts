// Waits for the node while the client is given signs of life. They are what shows that a client has left: workerd notices an
// orderly close of a connection only when it writes to it. They also keep proxies from giving up on a slow answer.
import type { CallClock } from '../call-clock.ts';
import type { GatewayCall } from '../gateway-call.ts';

/**
 * Refusals of a node, and quick answers, come within this time and keep their own status; what takes longer is begun early, since only
 * what is written to a client shows that it has left. Milliseconds.
 */
export const PATIENCE_MS = 2_000;

/** The client's end of the answer cannot be written to any more. */
export class ClientLeftError extends Error {
  override readonly name = 'ClientLeftError';
}

/** Settles as `work` does, writing `sign` at every interval of the settings meanwhile. Throws `ClientLeftError` when that fails. */
export async function waitWithSigns<T>(
  { clock, config }: Pick<GatewayCall, 'clock' | 'config'>,
  work: Promise<T>,
  writer: WritableStreamDefaultWriter,
  sign: Uint8Array,
): Promise<T> {
  for (;;) {
    const waited = await settlesWithin(clock, work, config.signIntervalMs);
    if (waited.settled) return waited.value;
    await writer.write(sign).catch(throwClientLeft);
  }
}

export type Waited<T> = { settled: true; value: T } | { settled: false };

/** What `work` resolves to, if it does so within the time; rejects if it rejects. Late work goes on and must be awaited later. */
export async function settlesWithin<T>(clock: CallClock, work: Promise<T>, limitMs: number): Promise<Waited<T>> {
  const { promise: late, resolve } = Promise.withResolvers<Waited<T>>();
  const takeBack = clock.after(limitMs, () => {
    resolve({ settled: false });
  });
  try {
    return await Promise.race([work.then((value) => ({ settled: true as const, value })), late]);
  } finally {
    takeBack();
  }
}

export function throwClientLeft(): never {
  throw new ClientLeftError();
}
