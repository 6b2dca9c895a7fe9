// What the mock upstream says: enough of a node's part for the gateway, and of OpenAI's for everybody else. It ignores the
// signature: what it costs to check one is the node's business.
import { NODE_HEADER } from '../../protocol/headers.ts';
import type { ChatCompletion, ChatCompletionChunk } from '../../protocol/inference/chat-completion.ts';
import { type JournalRecord, type NodeStatus } from '../../protocol/node/node-api.ts';
import { NODE_PROTOCOL_VERSION } from '../../protocol/node/protocol-version.ts';

/** Answers and streams at once. */
export const MOCK_MODEL = 'mock';
/** Wait so long before every chunk of a stream, as models do. Milliseconds. */
export const MOCK_PACES = { 'mock-paced': 10, 'mock-steady': 20 } as const;
export type MockPace = keyof typeof MOCK_PACES;

/** `NODE_ID` in wrangler.toml. */
const NODE_ID = 'home';
const CREATED = 1_760_000_000;
/** Makes the answer about 1 KB. */
const ANSWER = 'All that was asked is answered here. '.repeat(19).trim();

export const MOCK_STATUS: NodeStatus = {
  protocolVersion: NODE_PROTOCOL_VERSION,
  nodeId: NODE_ID,
  bootId: 'mock-boot',
  version: 'mock',
  draining: false,
  engine: 'ready',
  models: [MOCK_MODEL, ...Object.keys(MOCK_PACES)].map((id) => ({
    id,
    created: CREATED,
    architecture: 'mock',
    contextLength: 8192,
    defaultMaxTokens: 512,
    sequences: 64,
    running: 0,
    waiting: 0,
    sizeBytes: 0,
  })),
  journal: { unacknowledged: 0, oldestEndedAt: null },
};

/** Nothing waits in its journal, unless it is asked for a call by its id. */
export const MOCK_JOURNAL = { records: [] } satisfies { records: JournalRecord[] };
export const MOCK_ACKNOWLEDGED = { acknowledged: 0 };

const USAGE = { prompt_tokens: 200, completion_tokens: 160, total_tokens: 360 };

export const MOCK_ANSWER: ChatCompletion = {
  id: 'chatcmpl-mock',
  object: 'chat.completion',
  created: CREATED,
  system_fingerprint: 'fp_0123456789',
  model: MOCK_MODEL,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: ANSWER, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { ...USAGE, prompt_tokens_details: { cached_tokens: 0 } },
};

/** On answers that are not streams; the gateway meters by them. */
export const MOCK_USAGE_HEADERS = {
  [NODE_HEADER.promptTokens]: String(USAGE.prompt_tokens),
  [NODE_HEADER.cachedTokens]: '0',
  [NODE_HEADER.completionTokens]: String(USAGE.completion_tokens),
  [NODE_HEADER.firstTokenMs]: '5.25',
};

/** A stream's chunk: some 250 bytes. */
export function mockChunk(content: string): ChatCompletionChunk {
  const choice = { index: 0, delta: { content }, logprobs: null, finish_reason: null };
  return {
    id: 'chatcmpl-mock',
    object: 'chat.completion.chunk',
    created: CREATED,
    system_fingerprint: 'fp_0123456789',
    model: MOCK_MODEL,
    choices: [choice],
  };
}
