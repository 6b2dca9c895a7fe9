// What the loopback node's "models" do: each is named after its behaviour.
import type { ServerResponse } from 'node:http';
import type { JournalRecord } from '../../protocol/node/node-api.ts';
import type { NodeCallClaims } from '../../protocol/node/node-call-token.ts';
import { LIES } from './lies.ts';
import { costHeaders, sendJson } from './loopback-node.ts';

export type ScriptedCall = {
  claims: NodeCallClaims;
  body: { model: string; stream?: boolean; messages?: { content: string }[]; prompt?: string[] };
  /** What to do; null: what the model's name says. */
  script: string | null;
  response: ServerResponse;
  journal: Map<string, JournalRecord>;
  /** Keeps an answer back until the test releases it, as a success or not. */
  hold: (release: (how: 'answer' | 'break') => void) => void;
};

const EVENT_INTERVAL_MS = 50;
const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };

/** The first is the node's default. */
const SCRIPTS: Record<string, (call: ScriptedCall) => void> = {
  /** Says what it was told, whole or one word an event. */
  echo(call) {
    const text = call.body.messages?.at(-1)?.content ?? call.body.prompt?.join('') ?? '';
    if (call.body.stream !== true) {
      const cost = costHeaders(keepRecord(call, 'stop'));
      sendJson(call.response, 200, completion(call, text), { ...cost, 'x-secret-of-the-node': 'yes' });
      return;
    }
    call.response.writeHead(200, EVENT_STREAM);
    for (const word of text.split(' ')) call.response.write(chunk(call, word));
    keepRecord(call, 'stop');
    call.response.end('data: [DONE]\n\n');
  },
  second(call) {
    SCRIPTS['echo']?.(call);
  },
  /** Accepts and says nothing, not even headers. */
  'silent-before-headers'() {},
  /** Sends the headers of a stream, then nothing more. */
  'silent-after-headers'(call) {
    call.response.writeHead(200, EVENT_STREAM);
    call.response.flushHeaders();
  },
  /** Answers when the test says so, or breaks off then. */
  'waits-for-release'(call) {
    call.hold((how) => {
      if (how === 'answer') SCRIPTS['echo']?.(call);
      else call.response.destroy();
    });
  },
  /** Sends one event, then nothing more. */
  'silent-after-one-event'(call) {
    call.response.writeHead(200, EVENT_STREAM);
    call.response.write(chunk(call, 'one'));
    call.response.on('close', () => {
      keepRecord(call, 'cancelled');
    });
  },
  /** Sends an event every now and then, for as long as somebody listens, and counts them. */
  'streams-for-ever'(call) {
    call.response.writeHead(200, EVENT_STREAM);
    let written = 0;
    const timer = setInterval(() => {
      call.response.write(chunk(call, `word ${(written += 1)}`));
    }, EVENT_INTERVAL_MS);
    call.response.on('close', () => {
      clearInterval(timer);
      keepRecord(call, 'cancelled', written);
    });
  },
  /** Works on a whole answer, for as long as somebody waits. */
  'works-for-ever'(call) {
    call.response.on('close', () => {
      keepRecord(call, 'cancelled');
    });
  },
  /** Breaks the connection in the middle of a whole answer, having done some of the work. */
  'breaks-off-working'(call) {
    keepRecord(call, 'failed');
    call.response.destroy();
  },
  /** Breaks off behind a piece of a whole answer, of which it does not say how long it is. */
  'breaks-off-in-its-body'(call) {
    keepRecord(call, 'failed');
    call.response.writeHead(200, { 'content-type': 'application/json' });
    call.response.write('{"choices":[', () => call.response.destroy());
  },
  /** Breaks the connection in the middle of an event. */
  'breaks-inside-an-event'(call) {
    call.response.writeHead(200, EVENT_STREAM);
    const event = chunk(call, 'half');
    call.response.write(chunk(call, 'whole') + event.slice(0, event.length / 2), () => call.response.destroy());
  },
  /** Sends one event; what then comes of it is an end that looks well, while its own reader had left. */
  'ends-as-if-whole'(call) {
    keepRecord(call, 'cancelled');
    call.response.writeHead(200, EVENT_STREAM);
    call.response.end(chunk(call, 'one'));
  },
  /** Sends the headers of a stream and a ping, and breaks the connection before the first event. */
  'breaks-before-first-event'(call) {
    call.response.writeHead(200, EVENT_STREAM);
    call.response.write(': ping\n\n', () => call.response.destroy());
  },
  /** Says in place of the first event that its engine has died. */
  'fails-in-first-event'(call) {
    call.response.writeHead(200, EVENT_STREAM);
    const error = { message: 'The engine died.', type: 'x', param: null, code: 'engine_failed' };
    call.response.end(`data: ${JSON.stringify({ error })}\n\n`);
  },
  'breaks-before-headers'(call) {
    call.response.destroy();
  },
  redirects(call) {
    call.response.writeHead(302, { location: 'https://example.com/' });
    call.response.end();
  },
  'answers-html'(call) {
    call.response.writeHead(200, { 'content-type': 'text/html' });
    call.response.end('<h1>secret of the upstream</h1>');
  },
  'answers-garbage'(call) {
    call.response.writeHead(200, { 'content-type': 'application/json' });
    call.response.end('{"choices":');
  },
  'fails-without-shape'(call) {
    call.response.writeHead(500, { 'content-type': 'text/plain' });
    call.response.end('Error: secret of the upstream at /home/operator/x.js:1');
  },
  'fails-endlessly'(call) {
    call.response.writeHead(500, { 'content-type': 'application/json' });
    call.response.write('"');
    const pour = (): void => {
      while (!call.response.destroyed && call.response.write('x'.repeat(16_384)));
      if (!call.response.destroyed) call.response.once('drain', pour);
    };
    pour();
  },
  'fails-with-foreign-code'(call) {
    fail(call, 400, 'some_foreign_code', 'secret of the upstream');
  },
  'fails-with-signature'(call) {
    fail(call, 401, 'invalid_node_signature', 'secret of the upstream');
  },
  'queue-full'(call) {
    fail(call, 503, 'queue_full', 'Seven calls are waiting.', { 'retry-after': '7' });
  },
  'waits-for-ages'(call) {
    fail(call, 503, 'engine_restarting', 'Restarting.', { 'retry-after': '99999999' });
  },
  'too-long'(call) {
    fail(call, 400, 'context_length_exceeded', 'The prompt has 600 tokens, the context 512.', {}, 'messages');
  },
  ...LIES,
};

export const SCRIPTED_MODELS: readonly string[] = Object.keys(SCRIPTS);

/** Answers as the model's name says. */
export function answerScripted(call: ScriptedCall): void {
  const script = SCRIPTS[call.script ?? call.body.model];
  if (script === undefined) fail(call, 404, 'model_not_found', 'Not here.');
  else script(call);
}

function fail({ response }: ScriptedCall, status: number, code: string, message: string, headers = {}, param?: string) {
  sendJson(response, status, { error: { message, type: 'x', param: param ?? null, code } }, headers);
}

function completion({ body, claims }: ScriptedCall, text: string) {
  const base = { id: `chatcmpl-${claims.jti}`, created: 1_795_000_000, model: body.model };
  const usage = {
    prompt_tokens: 7,
    completion_tokens: 5,
    total_tokens: 12,
    prompt_tokens_details: { cached_tokens: 3 },
  };
  const end = { index: 0, logprobs: null, finish_reason: 'stop' };
  return body.messages === undefined
    ? { ...base, object: 'text_completion', choices: [{ ...end, text }], usage }
    : {
        ...base,
        object: 'chat.completion',
        choices: [{ ...end, message: { role: 'assistant', content: text, refusal: null } }],
        usage,
      };
}

function chunk({ body }: ScriptedCall, text: string): string {
  const delta = { index: 0, delta: { content: text }, logprobs: null, finish_reason: null };
  const value = { id: 'c', object: 'chat.completion.chunk', created: 1, model: body.model, choices: [delta] };
  return `data: ${JSON.stringify(value)}\n\n`;
}

function keepRecord(
  { claims, body, journal }: ScriptedCall,
  outcome: JournalRecord['outcome'],
  completionTokens = 5,
): JournalRecord {
  const record: JournalRecord = {
    callId: claims.call ?? '',
    attempt: claims.att ?? 1,
    account: claims.sub ?? '',
    keyId: claims.key ?? '',
    model: body.model,
    promptTokens: 7,
    cachedTokens: 3,
    completionTokens,
    outcome,
    queueMs: 1,
    firstTokenMs: 2,
    durationMs: 3,
    endedAt: Date.now(),
  };
  journal.set(record.callId, record);
  return record;
}
