// `/admin/checks`: the gateway tries its own parts.
import { checkListSchema } from '../../../protocol/admin/check.ts';
import { runChecks } from '../checks/run-checks.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute } from './define-route.ts';

export const adminChecksRoute = defineRoute({
  method: 'GET',
  path: '/admin/checks',
  access: 'admin',
  tag: 'Gateway',
  summary: 'Tries KV, objects and the node, and says how to mend what fails.',
  description: 'What `hearthkey doctor` shows.',
  responses: { 200: { description: 'What was found.', schema: checkListSchema } },
  async handler(context) {
    return Response.json({ object: 'list', data: await runChecks(callOfContext(context)) });
  },
});
