// Who used what, in the admin API: sums over hours, by what one asks for.
import * as z from 'zod';
import { userIdSchema } from './admin-user.ts';
import { keyIdSchema } from './admin-key.ts';
import { modelIdSchema } from '../inference/model-id.ts';

export const USAGE_GROUPS = ['user', 'key', 'model', 'hour', 'day', 'month'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];
/** 400 days: a year and what one compares it with. */
const MAX_RANGE_SECONDS = 400 * 86_400;

const groupBySchema = z
  .string()
  .max(64)
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(USAGE_GROUPS)).max(USAGE_GROUPS.length))
  .refine((groups) => new Set(groups).size === groups.length, 'a group is named twice');

export const usageQuerySchema = z
  .strictObject({
    from: z.coerce
      .number()
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Unix time in seconds, rounded down to the hour. Default: 30 days before `to`.' }),
    to: z.coerce
      .number()
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Unix time in seconds; the hour that it lies in is the last one. Default: now.' }),
    group_by: groupBySchema
      .optional()
      .meta({ description: 'Some of user, key, model, hour, day, month, separated by commas. Absent: one sum.' }),
    user_id: userIdSchema.optional(),
    key_id: keyIdSchema.optional(),
    model: modelIdSchema.optional(),
    format: z.enum(['json', 'csv']).default('json'),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    message: '`from` must lie before `to`',
    path: ['from'],
  })
  .refine(({ from = 0, to }) => to === undefined || from === 0 || to - from <= MAX_RANGE_SECONDS, {
    message: 'the range has at most 400 days',
    path: ['from'],
  });

export type UsageQuery = z.output<typeof usageQuerySchema>;

const count = z.int().min(0);

export const usageRowSchema = z
  .object({
    user_id: userIdSchema.optional(),
    key_id: keyIdSchema.optional(),
    model: z.string().optional(),
    starts_at: z.int().optional().meta({ description: 'Begin of the hour, day or month (UTC), in Unix seconds.' }),
    calls: count.meta({ description: 'Calls that were admitted, failed ones included.' }),
    prompt_tokens: count,
    cached_tokens: count.meta({ description: 'Of the prompt tokens, those taken from a cached prefix.' }),
    completion_tokens: count,
    estimated_calls: count.meta({
      description: 'Calls whose node never told: counted with the estimate of their prompt.',
    }),
    first_token_ms: z
      .number()
      .nullable()
      .meta({ description: 'Mean time to the first token, in milliseconds; null: no call had one.' }),
    errors: z.record(z.string(), count).meta({ description: 'Failed and refused calls by error code.' }),
  })
  .meta({ id: 'UsageRow' });

export type UsageRow = z.infer<typeof usageRowSchema>;

export const usageReportSchema = z
  .object({
    object: z.literal('usage'),
    from: z.int(),
    to: z.int(),
    group_by: z.array(z.enum(USAGE_GROUPS)),
    data: z.array(usageRowSchema),
    complete: z
      .boolean()
      .meta({ description: 'False: more groups than one answer holds; narrow the range or group by less.' }),
  })
  .meta({ id: 'UsageReport' });

export type UsageReport = z.infer<typeof usageReportSchema>;
