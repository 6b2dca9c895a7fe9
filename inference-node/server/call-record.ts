// What the journal, the metrics and the log know of a call once it has ended.
import type { CallOutcome, JournalRecord } from '../../protocol/node/node-api.ts';
import type { CallIdentity } from '../call-auth/call-identity.ts';
import type { GenerationProgress } from '../engine/engine.ts';
import type { NodeMetrics } from '../metrics/node-metrics.ts';
import { roundMs } from './round-ms.ts';

type EndedCall = {
  identity: CallIdentity;
  model: string;
  progress: GenerationProgress;
  outcome: CallOutcome;
  durationMs: number;
};

/** The record of a call that ends now. */
export function makeRecord({ identity, model, progress, outcome, durationMs }: EndedCall): JournalRecord {
  const { promptTokens, cachedTokens, completionTokens, queueMs, firstTokenMs } = progress;
  return {
    ...identity,
    model,
    promptTokens,
    cachedTokens,
    completionTokens,
    outcome,
    queueMs: roundMs(queueMs),
    firstTokenMs: firstTokenMs === null ? null : roundMs(firstTokenMs),
    durationMs: roundMs(durationMs),
    endedAt: Date.now(),
  };
}

/** Counts it. */
export function observeCall(metrics: NodeMetrics, record: JournalRecord): void {
  const { model, outcome, firstTokenMs, completionTokens } = record;
  metrics.calls.inc({ model, outcome });
  metrics.promptTokens.inc({ model }, record.promptTokens);
  metrics.cachedTokens.inc({ model }, record.cachedTokens);
  metrics.completionTokens.inc({ model }, completionTokens);
  metrics.queueTime.observe({ model }, record.queueMs / 1000);
  if (firstTokenMs === null) return;
  metrics.timeToFirstToken.observe({ model }, firstTokenMs / 1000);
  if (completionTokens < 2) return;
  metrics.timePerOutputToken.observe({ model }, (record.durationMs - firstTokenMs) / 1000 / (completionTokens - 1));
}
