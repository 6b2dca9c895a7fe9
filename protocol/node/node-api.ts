// What an inference node answers to its gateway beside the OpenAI routes: its status, and its call journal.
import * as z from 'zod';
import { finishReasonSchema } from '../inference/chat-completion.ts';
import { modelIdSchema } from '../inference/model-id.ts';
import { callIdSchema } from '../request-id.ts';
import { protocolVersionSchema } from './protocol-version.ts';

/** Every path that a node answers to a signed call. */
export const NODE_PATH = {
  chatCompletions: '/v1/chat/completions',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
  tokenize: '/v1/tokenize',
  detokenize: '/v1/detokenize',
  models: '/v1/models',
  status: '/_node/status',
  journal: '/_node/journal',
  journalAck: '/_node/journal/ack',
} as const;

/** How many other names one model may have. */
export const MAX_MODEL_ALIASES = 32;

export const nodeModelSchema = z.object({
  id: modelIdSchema,
  /** Other names that stand for it; none is an id or an alias of another. Absent from nodes of before this field. */
  aliases: z.array(modelIdSchema).max(MAX_MODEL_ALIASES).optional(),
  /** Unix time in seconds at which it was loaded. */
  created: z.int(),
  /** `general.architecture` of the GGUF, e.g. `llama`, `phi2`. */
  architecture: z.string().max(64),
  /** Tokens of prompt and completion together that one call may use. */
  contextLength: z.int().min(1),
  /** `max_tokens` when the caller gives none: what the context leaves, up to the node's setting. */
  defaultMaxTokens: z.int().min(1),
  /** How many calls it can answer at once. */
  sequences: z.int().min(1),
  running: z.int().min(0),
  waiting: z.int().min(0),
  sizeBytes: z.int().min(0),
  /** `unloaded`: a call loads it. Absent from nodes of before this field: it is loaded. */
  state: z.enum(['loaded', 'loading', 'unloaded']).optional(),
  /**
   * Where it is computed, in words for the operator, as they follow "computes it": `on CUDA (…)`, `on the CPU (…)`. Empty while it was never
   * loaded; absent from nodes of before this field.
   */
  device: z.string().max(512).optional(),
  /**
   * Tokens a second of one running answer, as measured of late, the reading of prompts left out. Absent while nothing was measured, and
   * from nodes of before this field.
   */
  tokensPerSecond: z.number().min(0).optional(),
});

/** What the call journal holds that the gateway has not acknowledged. */
export const journalBacklogSchema = z.object({
  unacknowledged: z.int().min(0),
  /** Unix time in milliseconds at which the oldest of them ended; null when there are none. */
  oldestEndedAt: z.int().nullable(),
});

/** `GET /_node/status`. */
export const nodeStatusSchema = z.object({
  protocolVersion: protocolVersionSchema,
  oldestProtocolVersion: protocolVersionSchema.optional(),
  nodeId: z.string().min(1).max(128),
  /** New at every start of the node's process. */
  bootId: z.string().min(1).max(128),
  version: z.string().max(64),
  draining: z.boolean(),
  /** `starting` and `restarting`: calls get 503. */
  engine: z.enum(['starting', 'ready', 'restarting']),
  /** In the order in which they were given; the first is the default model. */
  models: z.array(nodeModelSchema).max(256),
  /** Absent from nodes of before this field. */
  journal: journalBacklogSchema.optional(),
});

export type NodeModel = z.infer<typeof nodeModelSchema>;
export type NodeStatus = z.infer<typeof nodeStatusSchema>;
export type JournalBacklog = z.infer<typeof journalBacklogSchema>;

/** How a call ended at the node. `failed`: the engine died or broke; `cancelled`: the caller left. */
export const callOutcomeSchema = z.enum([...finishReasonSchema.options, 'cancelled', 'failed']);
export type CallOutcome = z.infer<typeof callOutcomeSchema>;

/** One line of the call journal: written to disk before the call's last byte, kept until acknowledged. */
export const journalRecordSchema = z.object({
  callId: callIdSchema,
  attempt: z.int().min(1),
  account: z.string().length(8),
  keyId: z.string().length(16),
  model: modelIdSchema,
  promptTokens: z.int().min(0),
  /** Of the prompt tokens, how many were taken from a cached prefix. */
  cachedTokens: z.int().min(0),
  completionTokens: z.int().min(0),
  outcome: callOutcomeSchema,
  /** Milliseconds from acceptance to the first decode. */
  queueMs: z.number().min(0),
  /** Milliseconds from acceptance to the first token; null when there was none. */
  firstTokenMs: z.number().min(0).nullable(),
  durationMs: z.number().min(0),
  /** Unix time in milliseconds. */
  endedAt: z.int(),
});

export type JournalRecord = z.infer<typeof journalRecordSchema>;

/** The most records or ids that one journal request carries. */
export const MAX_JOURNAL_BATCH = 256;

/** `GET /_node/journal?call_id=…&call_id=…`: the records that are there; without ids the oldest unacknowledged ones. */
export const journalPageSchema = z.object({ records: z.array(journalRecordSchema).max(MAX_JOURNAL_BATCH) });

/** `POST /_node/journal/ack`: the gateway has counted these; the node may forget them. */
export const journalAckSchema = z.strictObject({ callIds: z.array(callIdSchema).min(1).max(MAX_JOURNAL_BATCH) });
