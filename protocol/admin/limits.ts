// What a key or a user may use, in requests and tokens. Every limit is optional; what is absent is not limited. Minutes slide,
// days and months are those of UTC (docs/limits.md).
import * as z from 'zod';
import { modelIdSchema } from '../inference/model-id.ts';

/** Far beyond what one machine answers; keeps sums within exact integers. */
const MAX_LIMIT = 1_000_000_000_000;
const MAX_LIMITED_MODELS = 32;

const limitSchema = z.int().min(1).max(MAX_LIMIT);

const limitFields = {
  requests_per_minute: limitSchema.optional(),
  tokens_per_minute: limitSchema.optional(),
  requests_per_day: limitSchema.optional(),
  tokens_per_day: limitSchema.optional(),
  requests_per_month: limitSchema.optional(),
  tokens_per_month: limitSchema.optional(),
  parallel_requests: limitSchema.optional().meta({ description: 'Calls that may be under way at once.' }),
  max_tokens_per_call: limitSchema.optional().meta({ description: 'The largest `max_tokens` of one call.' }),
} as const;

export const limitSetSchema = z
  .strictObject(limitFields)
  .superRefine(refuseContradictions)
  .meta({ id: 'LimitSet', description: 'Prompt and completion tokens count together.' });

export type LimitName = keyof typeof limitFields;
/** Limits of one scope, by name. */
export type LimitSet = { [Name in LimitName]?: number | undefined };
export const LIMIT_NAMES = Object.keys(limitFields) as [LimitName, ...LimitName[]];

export const limitsSchema = z
  .strictObject({
    ...limitFields,
    models: z
      .record(modelIdSchema, limitSetSchema)
      .refine(
        (models) => Object.keys(models).length <= MAX_LIMITED_MODELS,
        'at most 32 models have limits of their own',
      )
      .optional()
      .meta({ description: 'Limits for single models, beside the ones for all.' }),
  })
  .superRefine(refuseContradictions)
  .superRefine(({ models = {}, ...all }, context) => {
    for (const [model, set] of Object.entries(models)) {
      for (const name of LIMIT_NAMES) {
        const [own, general] = [set[name], all[name]];
        if (own !== undefined && general !== undefined && own > general) {
          context.addIssue({
            code: 'custom',
            path: ['models', model, name],
            message: `${own} can never be reached, since ${name} is ${general} for all models together`,
          });
        }
      }
    }
  })
  .meta({ id: 'Limits', description: 'Absent: not limited.' });

/** The limits of a key or of a user. */
export type Limits = z.infer<typeof limitsSchema>;

/** Pairs in which the first must not be above the second: it could never be reached, or no call could ever pass. */
const ORDERED: readonly (readonly [LimitName, LimitName])[] = [
  ['requests_per_minute', 'requests_per_day'],
  ['requests_per_minute', 'requests_per_month'],
  ['requests_per_day', 'requests_per_month'],
  ['tokens_per_minute', 'tokens_per_day'],
  ['tokens_per_minute', 'tokens_per_month'],
  ['tokens_per_day', 'tokens_per_month'],
  ['max_tokens_per_call', 'tokens_per_minute'],
  ['max_tokens_per_call', 'tokens_per_day'],
  ['max_tokens_per_call', 'tokens_per_month'],
];

function refuseContradictions(set: LimitSet, context: z.core.$RefinementCtx): void {
  for (const [smaller, larger] of ORDERED) {
    const [low, high] = [set[smaller], set[larger]];
    if (low !== undefined && high !== undefined && low > high) {
      context.addIssue({
        code: 'custom',
        path: [smaller],
        message: `${low} can never be reached, since ${larger} is ${high}`,
      });
    }
  }
}
