// What the node's process and the program that started it (`hearthkey up`) tell each other over Node's IPC channel. A node
// started by hand has no such channel and sends nothing. When the channel closes, the parent is gone and the node exits.
import * as z from 'zod';
import { modelIdSchema } from '../inference/model-id.ts';

/** One model that is in memory, or comes there when it is called, as shown to the operator. */
export const loadedModelSchema = z.object({
  id: modelIdSchema,
  architecture: z.string().max(64),
  sizeBytes: z.int().min(0),
  /** Milliseconds that loading took; null: it is loaded when it is called. */
  loadMs: z.number().min(0).nullable(),
  /** Where it is computed, in words; empty: it is not loaded yet. */
  device: z.string().max(512),
  /** Tokens of prompt and completion together that one call may use. */
  contextLength: z.int().min(1),
  /** How many calls it can answer at once. */
  sequences: z.int().min(1),
});

export type LoadedModel = z.infer<typeof loadedModelSchema>;

/**
 * Node → parent. `listening` once, as soon as the port is bound (before models are loaded); then `progress` (0 to 1) while
 * each model loads; then `ready` once, models in the order given, the first the default. `failed` instead, when the node
 * cannot start: one sentence for the operator, after which the node exits with a code other than 0.
 */
export const nodeProcessMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening'), url: z.url() }),
  z.object({ type: z.literal('progress'), model: z.string().max(256), fraction: z.number().min(0).max(1) }),
  z.object({ type: z.literal('ready'), models: z.array(loadedModelSchema).max(256) }),
  z.object({ type: z.literal('failed'), message: z.string().max(1024) }),
]);

export type NodeProcessMessage = z.infer<typeof nodeProcessMessageSchema>;

/**
 * Parent → node. `drain`: take no new call, let running ones end for at most `deadlineMs`, then exit with code 0. A second
 * `drain` with a shorter deadline replaces the first.
 */
export const nodeProcessCommandSchema = z.object({
  type: z.literal('drain'),
  /** Milliseconds from the receipt of this message. */
  deadlineMs: z.int().min(0),
});

export type NodeProcessCommand = z.infer<typeof nodeProcessCommandSchema>;
