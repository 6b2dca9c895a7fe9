// `GET /v1/key`: what a key may know of itself. Every key that works may ask, whatever its scopes; asking counts against no limit.
import { ownKeySchema } from '../../../protocol/inference/own-key.ts';
import { inspectKey } from '../relay/admit-key.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute } from './define-route.ts';

export const ownKeyRoute = defineRoute({
  method: 'GET',
  path: '/v1/key',
  access: 'api-key',
  tag: 'Models',
  summary: 'Shows the state, the limits and what is left of them of the key that asks.',
  responses: { 200: { description: 'The presented key.', schema: ownKeySchema } },
  async handler(context, { caller }) {
    return Response.json(await inspectKey(callOfContext(context), caller));
  },
});
