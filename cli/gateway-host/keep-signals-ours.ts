// miniflare ends the process on the first SIGINT, SIGTERM or SIGHUP. Stopping in order is ours, so what it registers while it
// is constructed is taken off again; its clean-up at the process's exit stays.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `construct` and removes the signal listeners that it added. */
export function keepSignalsOurs<T>(construct: () => T): T {
  const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  const constructed = construct();
  for (const [signal, ours] of before) {
    for (const listener of process.listeners(signal)) {
      if (!ours.includes(listener)) process.removeListener(signal, listener);
    }
  }
  return constructed;
}
