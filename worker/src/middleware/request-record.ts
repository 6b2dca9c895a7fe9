// What the one log line of a request says. Filled while the request is answered; written at its very end. Never holds a
// secret, a prompt, a completion or an upstream's text.
import type { CallOutcome } from '../../../protocol/node/node-api.ts';

export type RequestRecord = {
  requestId: string;
  /** The caller's own id, when it sent a valid one. */
  clientRequestId?: string;
  method: string;
  /** Without the query. */
  path: string;
  /** Where the operator said whom to believe about it. */
  clientAddress?: string;
  status?: number;
  /** The error code of a failed request. */
  error?: string;
  /** Why, in our own words. */
  reason?: string;
  /** `ok`, or how the call or the stream ended; `cut`: by its account, because the key may not go on. */
  outcome?: 'ok' | 'error' | CallOutcome | 'upstream_lost' | 'client_left' | 'cut';
  keyId?: string;
  accountId?: string;
  callId?: string;
  model?: string;
  stream?: boolean;
  promptTokens?: number;
  cachedTokens?: number;
  completionTokens?: number;
  /** Milliseconds from the request's arrival to the answer's headers. */
  firstByteMs?: number;
  /** Milliseconds to the answer's end. */
  totalMs?: number;
};
