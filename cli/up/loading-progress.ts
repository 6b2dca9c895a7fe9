// Tells how far a model is loaded, in steps, and only of loads that last: most are done before one could read it.

/** Loads shorter than this are not mentioned, in milliseconds. */
const QUIET_MS = 1_000;
const STEP_PERCENT = 10;

type Load = { startedAt: number; told: number };

/** Makes a listener for progress messages that writes lines to `log`. */
export function loadingProgress(log: (line: string) => void): (model: string, fraction: number) => void {
  const loads = new Map<string, Load>();
  return (model, fraction) => {
    const now = performance.now();
    const load = loads.get(model) ?? { startedAt: now, told: 0 };
    loads.set(model, load);
    const percent = Math.floor((fraction * 100) / STEP_PERCENT) * STEP_PERCENT;
    if (now - load.startedAt < QUIET_MS || percent <= load.told) return;
    load.told = percent;
    log(`hearthkey: loading ${model}: ${percent} %`);
  };
}
