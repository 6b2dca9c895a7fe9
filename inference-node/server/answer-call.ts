// From a validated request to its answer, streamed or whole: starts the generation, ties it to the caller's connection and
// to the drain, and sees that both let go of it.
import type { Context } from 'hono';
import { DEFAULT_PRIORITY } from '../../protocol/admin/key-priority.ts';
import { NODE_HEADER } from '../../protocol/headers.ts';
import { SSE_CONTENT_TYPE } from '../../protocol/inference/server-sent-events.ts';
import type { ChoicesRequest } from '../engine/choices.ts';
import type { GenerationPrompt, GenerationResult, GrammarConstraint } from '../engine/engine.ts';
import { joinPieces } from '../engine/join-pieces.ts';
import type { AnswerFormat, FormatOptions, WholeChoice } from './answer-format.ts';
import { answerStream, STALLED_READER_MS } from './answer-stream.ts';
import { beginCall, callerOf } from './begin-call.ts';
import { toApiError } from './error-handler.ts';
import { GenerationFeed } from './generation-feed.ts';
import type { NodeEnv, NodeServices } from './node-services.ts';
import type { RunningCall } from './running-calls.ts';
import { roundMs } from './round-ms.ts';
import { CALLER_LEFT, explainFailure } from './stop-reason.ts';
import { toTimings } from './to-timings.ts';
import { toSampling, type SamplingFields } from './to-sampling.ts';
import { trackGeneration } from './tracked-generation.ts';

/** A whole answer is one piece at its end, so there is no quiet to break; this only re-arms a timer. */
const WHOLE_ANSWER_WAIT_MS = 3_600_000;

/** The fields of both request types that matter here. */
export type AnswerableRequest = SamplingFields & {
  model: string;
  stop?: readonly string[] | undefined;
  n?: number | undefined;
  stream?: boolean | undefined;
  timings_per_token?: boolean | undefined;
  stream_options?: { include_usage?: boolean | undefined } | undefined;
};

export type CallToAnswer = {
  request: AnswerableRequest;
  prompts: readonly GenerationPrompt[];
  maxTokens: number | undefined;
  grammar: GrammarConstraint | null;
  topLogProbabilities: number | null;
  makeFormat: (options: FormatOptions) => AnswerFormat;
};

/** Answers one inference call. Throws an `ApiError` for everything that goes wrong before the first byte. */
export async function answerCall(
  services: NodeServices,
  context: Context<NodeEnv>,
  { request, prompts, maxTokens, grammar, topLogProbabilities, makeFormat }: CallToAnswer,
): Promise<Response> {
  const identity = callerOf(context);
  const generation: ChoicesRequest = {
    callId: identity.callId,
    account: identity.account,
    priority: context.get('call').claims.pri ?? DEFAULT_PRIORITY,
    model: request.model,
    prompts,
    n: request.n ?? 1,
    maxTokens: maxTokens ?? null,
    sampling: toSampling(request),
    stop: request.stop ?? [],
    grammar,
    topLogProbabilities,
  };
  const includeUsage = request.stream === true && request.stream_options?.include_usage === true;
  const running = beginCall(services, context);
  const { feed, signal, progress } = startFeed(services, running, {
    identity,
    request: generation,
    requestId: context.get('requestId'),
  });
  try {
    await feed.accepted;
    // Not before: a model that was loaded for this call had no fingerprint yet.
    const format = makeFormat({
      callId: identity.callId,
      model: request.model,
      created: Math.floor(Date.now() / 1000),
      includeUsage,
      systemFingerprint: services.engine.traitsOf(request.model)?.fingerprint ?? null,
      timings: request.timings_per_token === true ? () => toTimings(progress()) : null,
    });
    if (request.stream === true) return streamed(services, context, { feed, format, running, includeUsage });
    const answer = await whole(context, feed, format);
    running.end();
    return answer;
  } catch (error) {
    void feed.ended.then(running.end);
    throw explainFailure(signal, error);
  }
}

function startFeed(services: NodeServices, { controller }: RunningCall, call: Parameters<typeof trackGeneration>[1]) {
  const { signal } = controller;
  const { events, progress } = trackGeneration(services, call, signal);
  const feed = new GenerationFeed(events, (error) => {
    controller.abort(error);
  });
  return { feed, signal, progress };
}

type StreamedAnswer = { feed: GenerationFeed; format: AnswerFormat; running: RunningCall; includeUsage: boolean };

function streamed(services: NodeServices, context: Context<NodeEnv>, answer: StreamedAnswer): Response {
  const { feed, format, running, includeUsage } = answer;
  const { signal } = running.controller;
  const body = answerStream(feed, {
    format,
    includeUsage,
    explain: (error) => toApiError(explainFailure(signal, error), services.log),
    onEnd: (readToEnd) => {
      if (!readToEnd) running.controller.abort(CALLER_LEFT);
      void feed.ended.then(running.end);
    },
  });
  context.env.outgoing.setTimeout(STALLED_READER_MS);
  return context.body(body, 200, { 'content-type': SSE_CONTENT_TYPE, 'cache-control': 'no-store' });
}

async function whole(context: Context<NodeEnv>, feed: GenerationFeed, format: AnswerFormat): Promise<Response> {
  const { choices, result } = await readToEnd(feed);
  context.header(NODE_HEADER.promptTokens, String(result.promptTokens));
  context.header(NODE_HEADER.cachedTokens, String(result.cachedTokens));
  context.header(NODE_HEADER.completionTokens, String(result.completionTokens));
  if (result.firstTokenMs !== null) context.header(NODE_HEADER.firstTokenMs, String(roundMs(result.firstTokenMs)));
  return context.json(format.whole(choices, result));
}

type WholeAnswer = { choices: readonly WholeChoice[]; result: GenerationResult };

async function readToEnd(feed: GenerationFeed): Promise<WholeAnswer> {
  const choices: WholeChoice[] = [];
  for (;;) {
    const piece = await feed.next(WHOLE_ANSWER_WAIT_MS);
    if (piece === null) continue;
    for (const { choice, finishReason, ...text } of piece.choices) {
      const before = choices[choice] ?? { text: '', logProbabilities: [] };
      choices[choice] = { ...joinPieces(before, text), finishReason: finishReason ?? 'stop' };
    }
    if (piece.type === 'failed') throw piece.error;
    if (piece.type === 'finished') return { choices, result: piece.result };
  }
}
