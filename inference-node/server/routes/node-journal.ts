// GET /_node/journal and POST /_node/journal/ack: the gateway fetches the records of calls, and says which it has counted.
import type { Handler } from 'hono';
import * as z from 'zod';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { journalAckSchema, MAX_JOURNAL_BATCH } from '../../../protocol/node/node-api.ts';
import { callIdSchema } from '../../../protocol/request-id.ts';
import type { CallJournal } from '../../journal/call-journal.ts';
import type { NodeEnv } from '../node-services.ts';
import { parseJsonBody } from '../parse-json-body.ts';

const callIdsSchema = z.array(callIdSchema).max(MAX_JOURNAL_BATCH);

export function listJournal(journal: CallJournal): Handler<NodeEnv> {
  return function answerRecords(context) {
    const callIds = callIdsSchema.safeParse(context.req.queries('call_id') ?? []);
    if (!callIds.success)
      throw new ApiError('invalid_value', { message: 'call_id is not a call id.', param: 'call_id' });
    const records = callIds.data.length === 0 ? journal.oldest(MAX_JOURNAL_BATCH) : journal.find(callIds.data);
    return context.json({ records: records.slice(0, MAX_JOURNAL_BATCH) });
  };
}

export function acknowledgeJournal(journal: CallJournal): Handler<NodeEnv> {
  return function acknowledgeRecords(context) {
    const { body, claims } = context.get('call');
    const { callIds } = parseJsonBody(body, claims.cty, journalAckSchema);
    return context.json({ acknowledged: journal.acknowledge(callIds) });
  };
}
