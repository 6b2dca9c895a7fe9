// Time to first token of a long prompt that begins like an earlier one: nothing known of it, its beginning in a sequence (slot)
// that is free, and in one that is still answering.
import { median } from '../harness/statistics.ts';
import { complete } from './complete.ts';
import type { RunningEngine } from './engine.ts';
import { MODEL_ID } from './hearthkey-engine.ts';

/** Tokens of an answer that only has to begin, and of one that has to last while another begins. */
const SHORT_ANSWER = 4;
const LONG_ANSWER = 200;

export type PrefixSample = { coldMs: number; warmMs: number; elsewhereMs: number };

/** `makeShared`: the long beginning; `makeOwn`: what follows it. */
export async function measurePrefix(
  engine: RunningEngine,
  makeShared: () => string,
  makeOwn: () => string,
): Promise<PrefixSample> {
  const shared = makeShared();
  const ask = (tokens: number, onFirstText?: () => void) => {
    const prompt = `${shared} ${makeOwn()}`;
    return complete(engine, { model: MODEL_ID, prompt, max_tokens: tokens, temperature: 0 }, onFirstText);
  };
  const cold = await ask(SHORT_ANSWER);
  const warm = await ask(SHORT_ANSWER);
  const begun = Promise.withResolvers<undefined>();
  const busy = ask(LONG_ANSWER, () => {
    begun.resolve(undefined);
  });
  await begun.promise;
  const elsewhere = await ask(SHORT_ANSWER);
  await busy;
  return { coldMs: cold.firstTokenMs, warmMs: warm.firstTokenMs, elsewhereMs: elsewhere.firstTokenMs };
}

/** A line for each engine: medians. */
export function prefixLines(samples: ReadonlyMap<string, readonly PrefixSample[]>): string {
  const lines = [...samples].map(([engine, list]) => {
    const of = (name: keyof PrefixSample) => median(list.map((sample) => sample[name])).toFixed(0);
    return `${engine}: cold ${of('coldMs')} ms, warm ${of('warmMs')} ms, beginning in a busy sequence ${of('elsewhereMs')} ms`;
  });
  return lines.join('\n');
}
