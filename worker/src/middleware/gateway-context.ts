// What Hono's context carries through the gateway: the bindings, and the values that middleware sets for routes.
import type { Context } from 'hono';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { CallClock } from '../call-clock.ts';
import type { AnswerHeader } from '../gateway-call.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import type { Attempt } from './attempt-guard.ts';
import type { RequestRecord } from './request-record.ts';

export type GatewayVariables = {
  config: GatewayConfig;
  /** Ours, `req_…`: on every answer and log line. */
  requestId: string;
  /** What the request's one log line will say; routes add to it. */
  record: RequestRecord;
  /** Headers that the answer will carry, whichever it is. */
  answerHeaders: AnswerHeader[];
  /** Stops when the request has ended. */
  clock: CallClock;
  /** The rest of an answer that goes on after its handler has returned; null: there is none. */
  rest: Promise<void> | null;
  /** Whoever asks for a credential tells it what was presented, before any work for it. */
  attempt: Attempt;
};

export type GatewayHonoEnv = { Bindings: GatewayEnv; Variables: GatewayVariables };
export type GatewayContext = Context<GatewayHonoEnv>;
