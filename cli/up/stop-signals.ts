// The wish to stop: Ctrl-C, `kill`, a closed terminal. The first asks for a drain, a later one for an end at once.

/** By convention a process that a signal ended exits with 128 plus its number (signal(7)). */
const SIGNAL_EXIT_CODE = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Signals this soon after the first are its echo, in milliseconds: npm passes on the Ctrl-C that the terminal has already sent
 * to everybody, `timeout` signals its child and then its whole group.
 */
const ECHO_MS = 500;

export type StopSignals = {
  /** Resolves at the first signal, with the exit code for an end at once. */
  requested: Promise<number>;
  /** Resolves at the next one that is no echo, likewise. */
  insisted: Promise<number>;
};

/** Listens from now on, for the rest of the process's life. */
export function watchStopSignals(): StopSignals {
  const requested = Promise.withResolvers<number>();
  const insisted = Promise.withResolvers<number>();
  let firstAt: number | null = null;
  for (const [name, exitCode] of Object.entries(SIGNAL_EXIT_CODE)) {
    process.on(name, () => {
      const now = performance.now();
      if (firstAt === null) requested.resolve(exitCode);
      else if (now - firstAt > ECHO_MS) insisted.resolve(exitCode);
      firstAt ??= now;
    });
  }
  return { requested: requested.promise, insisted: insisted.promise };
}
