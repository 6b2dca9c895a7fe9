// Ids on every answer: the caller's request id when it is a valid one (else a fresh one), and the node's boot id.
import type { MiddlewareHandler } from 'hono';
import { HEADER, NODE_HEADER } from '../../../protocol/headers.ts';
import { mintRequestId, requestIdSchema } from '../../../protocol/request-id.ts';
import type { NodeEnv } from '../node-services.ts';

/** Sets `requestId` and both headers. */
export function answerIds(bootId: string): MiddlewareHandler<NodeEnv> {
  return async function setAnswerIds(context, next) {
    const given = requestIdSchema.safeParse(context.req.header(HEADER.requestId));
    const requestId = given.success ? given.data : mintRequestId();
    context.set('requestId', requestId);
    context.header(HEADER.requestId, requestId);
    context.header(NODE_HEADER.bootId, bootId);
    await next();
  };
}
