// Waiting for several at once, and for no silent one longer than for those that will do.

/** When what has come will do, the others have so long to show themselves: calls return to the node that has their beginning. Milliseconds. */
const GRACE_MS = 50;

/** Resolves when all have settled, or a little after `isEnough` first says so. */
export async function awaitEnough(works: readonly Promise<unknown>[], isEnough: () => boolean): Promise<void> {
  if (works.length === 0) return;
  const done = Promise.withResolvers<undefined>();
  let left = works.length;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const see = (): void => {
    if (left === 0) done.resolve(undefined);
    else if (isEnough()) timer ??= setTimeout(done.resolve, GRACE_MS);
  };
  const arrive = (): void => {
    left -= 1;
    see();
  };
  for (const work of works) work.then(arrive, arrive);
  see();
  try {
    await done.promise;
  } finally {
    clearTimeout(timer);
  }
}
