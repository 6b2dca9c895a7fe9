// A bound on how long something outside is waited for. What is waited for goes on: its result is dropped.

export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** Resolves and rejects as `work` does, or rejects with a TimeoutError after `limitMs` milliseconds. */
export function withinTime<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TimeoutError(`${what} took longer than ${limitMs} ms`));
    }, limitMs);
    work
      .finally(() => {
        clearTimeout(timer);
      })
      .then(resolve, reject);
  });
}
