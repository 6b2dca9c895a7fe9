// Tokens per second and time to first token with so many clients, each sending its next request when the last is answered.
import { treeCpuMicroseconds } from '../harness/cpu-time.ts';
import { treeResidentBytes } from '../harness/resident-bytes.ts';
import { median, percentile } from '../harness/statistics.ts';
import { complete, type Completed } from './complete.ts';
import type { RunningEngine } from './engine.ts';
import { MODEL_ID } from './hearthkey-engine.ts';

export type EngineSample = {
  /** Generated tokens by the time of the whole: prompts are part of the work. */
  tokensPerSecond: number;
  /** Milliseconds. */
  firstTokenP50: number;
  firstTokenMost: number;
  /** Of the engine's process tree, in microseconds per generated token, prompts included; null where it cannot be told. */
  cpuPerToken: number | null;
  /** Per request, to see that both engines did the same work. */
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  /** Resident bytes of the process tree afterwards; null where it cannot be told. */
  residentBytes: number | null;
  /** Share of the decode steps that had so many calls in them; index: the number of calls. Null: it does not tell. */
  stepShares: number[] | null;
};

/** `prompts`: of each client, one after the other. */
export async function measureEngine(
  engine: RunningEngine,
  prompts: readonly (readonly string[])[],
  tokensOut: number,
): Promise<EngineSample> {
  const completed: Completed[] = [];
  const client = async (own: readonly string[]): Promise<void> => {
    for (const prompt of own) {
      const fields = { model: MODEL_ID, prompt, max_tokens: tokensOut, temperature: 0 };
      completed.push(await complete(engine, fields));
    }
  };
  const stepsBefore = await engine.readSteps?.();
  const before = treeCpuMicroseconds(engine.pid);
  const start = performance.now();
  await Promise.all(prompts.map(client));
  const seconds = (performance.now() - start) / 1000;
  const after = treeCpuMicroseconds(engine.pid);
  const stepsAfter = await engine.readSteps?.();
  const sum = (value: (one: Completed) => number): number => completed.reduce((total, one) => total + value(one), 0);
  const tokens = sum(({ completionTokens }) => completionTokens);
  const firstTokens = completed.map(({ firstTokenMs }) => firstTokenMs);
  return {
    tokensPerSecond: tokens / seconds,
    firstTokenP50: median(firstTokens),
    firstTokenMost: percentile(firstTokens, 100),
    cpuPerToken: before === null || after === null ? null : (after - before) / tokens,
    promptTokens: sum(({ promptTokens }) => promptTokens) / completed.length,
    cachedTokens: sum(({ cachedTokens }) => cachedTokens) / completed.length,
    completionTokens: tokens / completed.length,
    residentBytes: treeResidentBytes(engine.pid),
    stepShares: stepsBefore === undefined || stepsAfter === undefined ? null : sharesOf(stepsBefore, stepsAfter),
  };
}

function sharesOf(before: readonly number[], after: readonly number[]): number[] {
  const steps = after.map((count, calls) => count - (before[calls] ?? 0));
  const all = steps.reduce((total, count) => total + count, 0);
  return steps.map((count) => (all === 0 ? 0 : count / all));
}
