// Work that Ctrl-C ends in order: what it has begun is taken back before the command ends.
import { CliFailure } from '../cli-failure.ts';
import { watchStopSignals } from '../up/stop-signals.ts';

/** Runs `work`, which must give up when its signal is aborted. Throws a `CliFailure` with `sentence` when it was stopped. */
export async function untilStopped<Value>(
  sentence: string,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const stop = new AbortController();
  void watchStopSignals().requested.then(() => {
    stop.abort();
  });
  try {
    return await work(stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? new CliFailure(sentence) : error;
  }
}
