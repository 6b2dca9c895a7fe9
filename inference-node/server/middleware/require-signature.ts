// Nothing behind this answers but to calls that the gateway signed. Every refusal looks the same from outside, save that a
// well-signed call for an earlier boot is told so, since its gateway must learn the new boot id.
import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { CallRefusal } from '../../call-auth/verify-call.ts';
import type { NodeEnv, NodeServices } from '../node-services.ts';
import { readBody } from '../read-body.ts';

type Needs = Pick<NodeServices, 'verifyCall' | 'metrics' | 'log' | 'maxBodyBytes'>;

/** Verifies the call and sets `call`. Throws `invalid_node_signature`, `node_boot_changed`, or `queue_full`. */
export function requireSignature({ verifyCall, metrics, log, maxBodyBytes }: Needs): MiddlewareHandler<NodeEnv> {
  return async function checkSignature(context, next) {
    const { incoming } = context.env;
    const result = await verifyCall({
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      authorization: incoming.headers.authorization,
      contentType: incoming.headers['content-type'] ?? '',
      readBody: () => readBody(context.req.raw, maxBodyBytes),
    });
    if (!result.verified) {
      const { reason, detail } = result;
      metrics.refusedCalls.inc({ reason });
      log('info', 'call_refused', { requestId: context.get('requestId'), reason, detail });
      throw refusalError(reason);
    }
    context.set('call', result.call);
    await next();
  };
}

function refusalError(reason: CallRefusal): ApiError {
  switch (reason) {
    case 'other_boot':
      return new ApiError('node_boot_changed');
    case 'guard_full':
      return new ApiError('queue_full');
    case 'no_token':
    case 'bad_token':
    case 'bad_claims':
    case 'lives_too_long':
    case 'other_request':
    case 'not_canonical':
    case 'other_body':
    case 'replayed':
      return new ApiError('invalid_node_signature');
  }
}
