// The entry of the processes that clients reach, on one's own machine: they answer calls, and ask the process that has the state as rarely
// as an isolate at the edge does. What is about the state itself, administration and the links of nodes, they pass on to it as it is.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import gateway from '../index.ts';
import { renderError } from '../middleware/error-handler.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { withFarObjects, type CallProcessEnv } from './far-objects.ts';

const PASSED_ON = ['/admin/', '/_node/'] as const;
/** After `http://` or `https://` and at least a letter of the host. */
const HOST_START = 8;

/** By the environment that they came from; a value, shared by the isolate's requests. */
const environments = new WeakMap<CallProcessEnv, GatewayEnv>();

export default {
  fetch(request, env, context) {
    const path = request.url.indexOf('/', HOST_START);
    if (PASSED_ON.some((start) => request.url.startsWith(start, path))) return passOn(request, env);
    let own = environments.get(env);
    if (own === undefined) {
      own = withFarObjects(env);
      environments.set(env, own);
    }
    return gateway.fetch(request, own, context);
  },
} satisfies ExportedHandler<CallProcessEnv>;

/** While the process that has the state is started again, who asks is told to come again. */
async function passOn(request: Request, env: CallProcessEnv): Promise<Response> {
  try {
    return await env.STATE.fetch(request);
  } catch {
    return renderError(new ApiError('state_unavailable'), request.url);
  }
}
