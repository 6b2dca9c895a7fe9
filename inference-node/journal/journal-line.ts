// The lines of the journal on disk: a call was accepted, a call ended, calls were acknowledged. One JSON object a line, told
// apart by `t`. A line that does not parse (torn by a power cut, or foreign) is nobody's.
import * as z from 'zod';
import { journalRecordSchema, type JournalRecord } from '../../protocol/node/node-api.ts';
import { parseJson } from '../../protocol/parse-json.ts';
import { callIdSchema } from '../../protocol/request-id.ts';

const acceptedCallSchema = journalRecordSchema
  .pick({ callId: true, attempt: true, account: true, keyId: true, model: true, promptTokens: true })
  .extend({
    /** Unix time in milliseconds. */
    acceptedAt: z.int(),
  });

const journalLineSchema = z.discriminatedUnion('t', [
  z.object({ t: z.literal('accepted'), call: acceptedCallSchema }),
  z.object({ t: z.literal('ended'), record: journalRecordSchema }),
  z.object({ t: z.literal('acknowledged'), callIds: z.array(callIdSchema) }),
]);

/** What is known of a call when the engine has accepted it. */
export type AcceptedCall = z.infer<typeof acceptedCallSchema>;
export type JournalLine = z.infer<typeof journalLineSchema>;

/** Reads one line; null when it is not one of ours. */
export function parseJournalLine(text: string): JournalLine | null {
  return journalLineSchema.safeParse(parseJson(text)).data ?? null;
}

/** The record of a call that was running when its process died: its tokens are not known, beside those of the prompt. */
export function interruptedRecord(call: AcceptedCall, now: number): JournalRecord {
  const { acceptedAt, ...identity } = call;
  return {
    ...identity,
    cachedTokens: 0,
    completionTokens: 0,
    outcome: 'failed',
    queueMs: 0,
    firstTokenMs: null,
    durationMs: Math.max(0, now - acceptedAt),
    endedAt: now,
  };
}
