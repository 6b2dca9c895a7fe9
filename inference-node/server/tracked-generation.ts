// One generation with its accounts: the journal has its one record before the caller has the last event, whichever way it
// ends, and the metrics and the log know of it.
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { CallOutcome } from '../../protocol/node/node-api.ts';
import type { CallIdentity } from '../call-auth/call-identity.ts';
import { Choices, type ChoicesEvent, type ChoicesRequest } from '../engine/choices.ts';
import type { GenerationProgress } from '../engine/engine.ts';
import { makeRecord, observeCall } from './call-record.ts';
import type { NodeServices } from './node-services.ts';
import { CALLER_LEFT } from './stop-reason.ts';

type Needs = Pick<NodeServices, 'engine' | 'journal' | 'metrics' | 'log'>;
export type TrackedCall = { identity: CallIdentity; request: ChoicesRequest; requestId: string };

/** `progress`: counts and times so far. */
export type TrackedGeneration = {
  events: AsyncGenerator<ChoicesEvent, void, undefined>;
  progress: () => GenerationProgress;
};

/** Starts a generation. Its events are to be read, to their end or until `signal` is aborted. */
export function trackGeneration(services: Needs, call: TrackedCall, signal: AbortSignal): TrackedGeneration {
  const generation = new Choices(services.engine, call.request, signal);
  return { events: track(services, call, { generation, signal }), progress: () => generation.progress };
}

/**
 * The engine's events, in its order. Throws as the engine does; `conflict` for a call and attempt that the journal already
 * has. After an error the caller aborts `signal`, which is what stops the engine.
 */
async function* track(
  { journal, metrics, log }: Needs,
  { identity, request, requestId }: TrackedCall,
  { generation, signal }: { generation: Choices; signal: AbortSignal },
): AsyncGenerator<ChoicesEvent, void, undefined> {
  const state: { acceptedAt: number | null; ended: boolean } = { acceptedAt: null, ended: false };
  const end = (progress: GenerationProgress, outcome: CallOutcome) => {
    if (state.acceptedAt === null || state.ended) return;
    state.ended = true;
    const durationMs = performance.now() - state.acceptedAt;
    const record = makeRecord({ identity, model: request.model, progress, outcome, durationMs });
    journal.end(record);
    observeCall(metrics, record);
    log('info', 'call', { requestId, ...record });
  };
  try {
    for await (const event of generation.events) {
      if (event.type === 'accepted') {
        const { promptTokens } = event;
        const call = { ...identity, model: request.model, promptTokens, acceptedAt: Date.now() };
        if (!journal.begin(call)) throw new ApiError('conflict', { message: 'This call was already made.' });
        state.acceptedAt = performance.now();
      } else if (event.type === 'finished') {
        end(event.result, event.result.finishReason);
      }
      yield event;
    }
    if (!state.ended && !signal.aborted)
      throw new ApiError('generation_failed', { reason: 'the engine ended without a result' });
  } finally {
    // Reached by failures, cancels and a caller that stopped reading; after `finished` it does nothing.
    end(generation.progress, signal.reason === CALLER_LEFT ? 'cancelled' : 'failed');
  }
}
