// Ids and the one log line of a request. The line is written at the request's very end: for a stream after the stream's, for
// a client that left after the call was given up. It is made of the record alone, so that nothing else can get into it.
import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { HEADER } from '../../../protocol/headers.ts';
import { mintRequestId, requestIdSchema } from '../../../protocol/request-id.ts';
import { CallClock } from '../call-clock.ts';
import { clientAddress } from './client-address.ts';
import type { GatewayContext, GatewayHonoEnv } from './gateway-context.ts';
import { printablePath } from './printable-path.ts';
import type { RequestRecord } from './request-record.ts';

export type RequestLogOptions = {
  /** Takes a finished record; `waitUntil` keeps the request alive for what it still has to do. */
  write: (record: RequestRecord, waitUntil: (work: Promise<void>) => void) => void;
};

/** Sets `requestId` and `record`; answers with `x-request-id`, and with the caller's own id when it sent a valid one. */
export function requestLog({ write }: RequestLogOptions): MiddlewareHandler<GatewayHonoEnv> {
  return async function logRequest(context, next) {
    // In workerd performance.now() has no finer grain, and costs more.
    const arrived = Date.now();
    const record = beginRecord(context);
    // Keeps the request alive until its line is written, also when the client has left: without it nobody would hear that.
    const { promise: written, resolve: finish } = Promise.withResolvers<undefined>();
    context.executionCtx.waitUntil(written);
    try {
      await next();
    } finally {
      noteAnswer(context, record, Date.now() - arrived);
      const end = (): void => {
        context.get('clock').stop();
        record.totalMs = Date.now() - arrived;
        write(record, (work) => {
          context.executionCtx.waitUntil(work);
        });
        finish(undefined);
      };
      const rest = context.get('rest');
      if (rest === null) end();
      else void rest.then(end, end);
    }
  };
}

function beginRecord(context: GatewayContext): RequestRecord {
  const requestId = mintRequestId();
  const record: RequestRecord = { requestId, method: context.req.method, path: printablePath(context.req.url) };
  const own = context.req.raw.headers.get(HEADER.requestId);
  if (own !== null && requestIdSchema.safeParse(own).success) record.clientRequestId = own;
  const address = clientAddress(context.req.raw.headers, context.get('config').clientAddressTrust);
  if (address !== null) record.clientAddress = address;
  context.set('requestId', requestId);
  context.set('record', record);
  context.set('answerHeaders', []);
  context.set('rest', null);
  context.set('clock', new CallClock());
  return record;
}

function noteAnswer(context: GatewayContext, record: RequestRecord, elapsedMs: number): void {
  const { headers, status } = context.res;
  headers.set(HEADER.requestId, record.requestId);
  if (record.clientRequestId !== undefined) headers.set(HEADER.clientRequestId, record.clientRequestId);
  for (const [name, value] of context.get('answerHeaders')) headers.set(name, value);
  record.status = status;
  record.firstByteMs = elapsedMs;
  const { error } = context;
  if (error === undefined) {
    if (context.get('rest') === null) record.outcome ??= 'ok';
    return;
  }
  record.outcome = error instanceof ApiError && error.code === 'client_closed_request' ? 'client_left' : 'error';
  record.error = error instanceof ApiError ? error.code : 'internal_error';
  if (error instanceof ApiError && error.reason !== null) record.reason = error.reason;
}
