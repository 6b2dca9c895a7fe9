// What the routes stand on, and what one request carries through the middleware.
import type { HttpBindings } from '@hono/node-server';
import type { VerifiedCall, CallVerifier } from '../call-auth/verify-call.ts';
import type { Engine } from '../engine/engine.ts';
import type { CallJournal } from '../journal/call-journal.ts';
import type { NodeMetrics } from '../metrics/node-metrics.ts';
import type { Logger } from './logger.ts';
import type { RunningCalls } from './running-calls.ts';

export type NodeServices = {
  engine: Engine;
  journal: CallJournal;
  metrics: NodeMetrics;
  calls: RunningCalls;
  verifyCall: CallVerifier;
  log: Logger;
  nodeId: string;
  /** New at every start of the process. */
  bootId: string;
  version: string;
  maxBodyBytes: number;
};

/** Hono's types for this app: `call` is there behind the signature check. */
export type NodeEnv = {
  Bindings: HttpBindings;
  Variables: { requestId: string; call: VerifiedCall };
};
