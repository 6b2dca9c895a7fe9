// A time limit on something that an AbortController can end.

/** The reason of an abort that was for lateness. */
export const LATE = 'too late';

/** Settles as `work` does; after `limitMs` milliseconds the ender is aborted with `LATE`, which has to end the work. */
export async function endAfter<T>(ender: AbortController, limitMs: number, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    ender.abort(LATE);
  }, limitMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
