// One inference call to a server of another maker, answered as one of our own nodes would, with what it cost beside it.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { endAfter } from '../nodes/end-after.ts';
import { endOf } from '../nodes/node-fetch.ts';
import type { OpenAiTarget } from '../nodes/node-target.ts';
import { PATIENCE_MS, settlesWithin } from '../relay/wait-with-signs.ts';
import { askOrigin, type OriginQuestion } from './ask-origin.ts';
import { buildRequest } from './build-request.ts';
import type { CallCounts } from './call-counts.ts';
import { countedStream } from './counted-stream.ts';
import { readAnswer } from './read-answer.ts';
import { readOriginFailure, unsupportedRoute } from './read-failure.ts';

/** What OpenAI's API has of what a node answers. */
const PATHS: ReadonlySet<string> = new Set([NODE_PATH.chatCompletions, NODE_PATH.completions, NODE_PATH.embeddings]);
/** An error's body comes with its headers; milliseconds. */
const FAILURE_BODY_MS = 5_000;

export type OriginCall = {
  path: string;
  /** JSON, as one of our own nodes would get it. */
  body: string;
  stream: boolean;
  /** What was reserved for the prompt. */
  promptTokens: number;
};

export type OriginAnswer = {
  /** 200, of the content type that was asked for; a whole answer has been read already. */
  response: Response;
  /** Resolves when the answer has ended; to null when it ended before the server had begun it. */
  counts: Promise<CallCounts | null>;
};

type Caller = Pick<GatewayCall, 'env' | 'config' | 'requestId' | 'clock' | 'ender'>;
type Begun = Response & { body: ReadableStream };

/** Resolves to a success, or after a while to a stream that may still come to nothing; throws an `ApiError` for everything else. */
export async function callOrigin(
  gateway: Caller,
  target: OpenAiTarget,
  { path, body, stream, promptTokens }: OriginCall,
): Promise<OriginAnswer> {
  if (!PATHS.has(path)) throw unsupportedRoute(path);
  const { clock, ender } = gateway;
  const accept = stream ? 'text/event-stream' : 'application/json';
  const request = buildRequest(body);
  const sentAtMs = Date.now();
  const asked = askForSuccess(gateway, target, { path, body: request.body, accept, ender });
  if (stream) {
    // Some servers (llama-server) say nothing before they have read the prompt, which may take minutes.
    const waited = await settlesWithin(clock, asked, PATIENCE_MS);
    const upstream = waited.settled ? waited.value.body : awaitLate(gateway, asked);
    const { wantsUsage, choices } = request;
    const { signal } = ender;
    const counted = countedStream(upstream, { clock, promptTokens, wantsUsage, choices, sentAtMs, signal });
    return { response: new Response(counted.body), counts: counted.counts };
  }
  const answer = await readAnswer(await asked, promptTokens).catch((error: unknown) => {
    throw ender.signal.aborted ? endOf(ender) : error;
  });
  return { response: new Response(answer.body), counts: Promise.resolve(answer.counts) };
}

async function askForSuccess(gateway: Caller, target: OpenAiTarget, question: OriginQuestion): Promise<Begun> {
  const { path, accept, ender } = question;
  const response = await askOrigin(gateway, target, question);
  if (response.status !== 200) throw await endAfter(ender, FAILURE_BODY_MS, readOriginFailure(response, path));
  if (response.headers.get('content-type')?.startsWith(accept) === true && hasBody(response)) return response;
  await response.body?.cancel();
  throw new ApiError('node_error', { reason: `the origin's answer is not ${accept}` });
}

function hasBody(response: Response): response is Begun {
  return response.body !== null;
}

/** What fails now ends the attempt: that is how an answer that goes on already is told of it. */
async function awaitLate({ clock, config, ender }: Caller, asked: Promise<Begun>): Promise<ReadableStream> {
  const takeBack = clock.after(config.nodeTimeoutMs - PATIENCE_MS, () => {
    ender.abort(new ApiError('node_timeout', { reason: 'no answer in time' }));
  });
  try {
    return (await asked).body;
  } catch (error) {
    if (error instanceof ApiError) ender.abort(error);
    throw error;
  } finally {
    takeBack();
  }
}
