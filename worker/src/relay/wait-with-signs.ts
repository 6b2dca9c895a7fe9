// Waits for the node while the client is given signs of life. They are what shows that a client has left: workerd notices an
// orderly close of a connection only when it writes to it. They also keep proxies from giving up on a slow answer.

/** How often a sign is written. After a close the first write still succeeds, so it shows within two of these. Milliseconds. */
export const SIGN_INTERVAL_MS = 1_000;

/** The client's end of the answer cannot be written to any more. */
export class ClientLeftError extends Error {
  override readonly name = 'ClientLeftError';
}

/** Settles as `work` does, writing `sign` at every interval meanwhile. Throws `ClientLeftError` when that fails. */
export async function waitWithSigns<T>(
  work: Promise<T>,
  writer: WritableStreamDefaultWriter,
  sign: Uint8Array,
): Promise<T> {
  for (;;) {
    const waited = await settlesWithin(work, SIGN_INTERVAL_MS);
    if (waited.settled) return waited.value;
    await writer.write(sign).catch(throwClientLeft);
  }
}

export type Waited<T> = { settled: true; value: T } | { settled: false };

/** What `work` resolves to, if it does so within the time; rejects if it rejects. Late work goes on and must be awaited later. */
export async function settlesWithin<T>(work: Promise<T>, limitMs: number): Promise<Waited<T>> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<Waited<T>>((resolve) => {
    timer = setTimeout(() => {
      resolve({ settled: false });
    }, limitMs);
  });
  try {
    return await Promise.race([work.then((value) => ({ settled: true as const, value })), late]);
  } finally {
    clearTimeout(timer);
  }
}

export function throwClientLeft(): never {
  throw new ClientLeftError();
}
