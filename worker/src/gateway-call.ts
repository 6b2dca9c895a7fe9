// What the capability folders are given of a request, instead of Hono's context: plain values, and the two things that end
// or outlive it.
import type { CallClock } from './call-clock.ts';
import type { GatewayConfig } from './config/gateway-config-schema.ts';
import type { GatewayEnv } from './gateway-env.ts';
import type { RequestRecord } from './middleware/request-record.ts';

export type AnswerHeader = readonly [name: string, value: string];

export type GatewayCall = {
  env: GatewayEnv;
  config: GatewayConfig;
  /** Ours, `req_…`; sent on to the node for its log. */
  requestId: string;
  record: RequestRecord;
  /** Headers that the answer will carry, whichever it is: the caller's limits. Of two of one name the later one counts. */
  answerHeaders: AnswerHeader[];
  /** Ends the call at the node: aborted when the client leaves, and by whoever notices first that nobody listens. */
  ender: AbortController;
  /** Stops when the request has ended. */
  clock: CallClock;
  /** Says that the answer goes on after the handler has returned: the request's log line is written when this settles. */
  goOn: (answering: Promise<void>) => void;
  /** Keeps work alive after the answer was returned. */
  waitUntil: (work: Promise<unknown>) => void;
};
