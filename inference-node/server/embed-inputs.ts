// The vectors of a call's inputs, one after the other, with the call's record: nothing is counted of a call that cannot be
// taken whole, and all of its tokens of one that was begun.
import { ApiError } from '../../protocol/errors/api-error.ts';
import { MAX_EMBEDDING_TOKENS } from '../../protocol/inference/embeddings.ts';
import type { CallOutcome } from '../../protocol/node/node-api.ts';
import type { CallIdentity } from '../call-auth/call-identity.ts';
import type { Asker } from '../engine/model-questions.ts';
import { makeRecord, observeCall } from './call-record.ts';
import type { NodeServices } from './node-services.ts';
import { CALLER_LEFT } from './stop-reason.ts';

type Needs = Pick<NodeServices, 'engine' | 'journal' | 'metrics' | 'log'>;

export type InputsToEmbed = {
  identity: CallIdentity;
  asker: Asker;
  inputs: readonly (string | readonly number[])[];
  /** How many numbers a vector is to have; null: as many as the model's. */
  dimensions: number | null;
  requestId: string;
};

export type EmbeddedInputs = { vectors: readonly Float32Array[]; promptTokens: number };

/** Throws as the engine does; `conflict` for a call and attempt that the journal already has. */
export async function embedInputs(services: Needs, call: InputsToEmbed, signal: AbortSignal): Promise<EmbeddedInputs> {
  const { engine, journal } = services;
  const { identity, asker, dimensions, requestId } = call;
  const { texts, promptTokens } = await readInputs(services, call, signal);
  const { model } = asker;
  if (!journal.begin({ ...identity, model, promptTokens, acceptedAt: Date.now() })) {
    throw new ApiError('conflict', { message: 'This call was already made.' });
  }
  const beganAt = performance.now();
  let outcome: CallOutcome = 'failed';
  try {
    const vectors: Float32Array[] = [];
    for (const tokens of texts) {
      const { vector } = await engine.ask<'embed'>(asker, { type: 'embed', tokens, dimensions }, signal);
      vectors.push(vector);
    }
    outcome = 'stop';
    return { vectors, promptTokens };
  } catch (error) {
    if (signal.reason === CALLER_LEFT) outcome = 'cancelled';
    throw error;
  } finally {
    const progress = {
      promptTokens,
      cachedTokens: 0,
      completionTokens: 0,
      queueMs: 0,
      firstTokenMs: null,
      decodeMs: 0,
    };
    const record = makeRecord({ identity, model, progress, outcome, durationMs: performance.now() - beganAt });
    journal.end(record);
    observeCall(services.metrics, record);
    services.log('info', 'call', { requestId, ...record });
  }
}

type ReadInputs = { texts: readonly (readonly number[])[]; promptTokens: number };

async function readInputs(
  { engine }: Needs,
  { asker, inputs, dimensions }: InputsToEmbed,
  signal: AbortSignal,
): Promise<ReadInputs> {
  const texts: (readonly number[])[] = [];
  let promptTokens = 0;
  for (const input of inputs) {
    const question = { type: 'embedding_tokens', input, dimensions } as const;
    const { tokens, count } = await engine.ask<'embedding_tokens'>(asker, question, signal);
    promptTokens += count;
    if (promptTokens > MAX_EMBEDDING_TOKENS) throw tooMany();
    texts.push(tokens);
  }
  return { texts, promptTokens };
}

function tooMany(): ApiError {
  return new ApiError('invalid_value', {
    message: `'input' has more than ${MAX_EMBEDDING_TOKENS} tokens, all entries together. Send it in several calls.`,
    param: 'input',
  });
}
