// `/admin/usage`: who used what, as JSON or CSV. Behind an admin token.
import * as z from 'zod';
import { usageQuerySchema, usageReportSchema } from '../../../protocol/admin/usage.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { collectUsage } from '../relay/sweep-journal.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { callOfContext } from './call-of-context.ts';
import { defineRoute } from './define-route.ts';
import { renderUsageCsv } from './render-usage-csv.ts';

const CSV_TYPE = 'text/csv; charset=utf-8';

export const adminUsageRoute = defineRoute({
  method: 'GET',
  path: '/admin/usage',
  access: 'admin',
  tag: 'Usage',
  summary: 'Sums up who used what.',
  description:
    'The last 30 days, unless a range is given. Of one user or key: up to the last call that has ended; of all: some ' +
    'seconds late. Rows are in the order of time, then of user, key and model.',
  request: { query: usageQuerySchema },
  responses: {
    200: [
      { description: 'The sums.', schema: usageReportSchema },
      {
        description: 'With `format=csv`: a header row, and a row for each group.',
        schema: z.string(),
        contentType: CSV_TYPE,
      },
    ],
  },
  async handler(context, { query }) {
    await collectUsage(callOfContext(context));
    const report = acceptedOrThrow(await askRegistry(context.env, (registry) => registry.readUsage(query)));
    if (query.format === 'json') return Response.json(report);
    if (!report.complete) {
      throw new ApiError('invalid_value', {
        message: 'These are more rows than one answer holds. Narrow the range, or group by less.',
        param: 'group_by',
      });
    }
    return new Response(renderUsageCsv(report), { headers: { 'content-type': CSV_TYPE } });
  },
});
