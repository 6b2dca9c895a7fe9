// What tests in workerd and the loopback nodes beside them have in common. Imports nothing of either runtime.
import type { NodeCallClaims } from '../../protocol/node/node-call-token.ts';

/** What the stand-in for a server of another maker wants to be shown. */
export const FOREIGN_BEARER = 'sk-foreign-server-of-the-tests';

/** One thing that happened at a loopback node, in order. */
export type NodeEvent = {
  type: 'call' | 'refused' | 'closed' | 'acknowledged';
  path: string;
  callId?: string;
  claims?: NodeCallClaims;
  /** Lower-case names, as received. */
  headers?: Record<string, string>;
  /** The JSON body as received. */
  body?: string;
  reason?: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files start loopback nodes. */
    loopbackControl: string;
    /** The origin of the node that the Worker itself is configured for. */
    loopbackOrigin: string;
  }
}
