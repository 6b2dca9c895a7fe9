// A benchmark on a busy machine measures the others. It says so, on stderr, and goes on: CPU time still means something.
import { availableParallelism, loadavg } from 'node:os';

/** Load of the last minute, per core, above which waiting for a core shows in every figure. */
const BUSY_LOAD_PER_CORE = 0.5;

export function warnWhenBusy(): void {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  if (load / cores <= BUSY_LOAD_PER_CORE) return;
  process.stderr.write(
    `This machine is busy (load ${load.toFixed(1)} on ${cores} cores): trust CPU time and ratios, not rates and latencies.\n`,
  );
}
