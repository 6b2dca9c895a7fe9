// `GET /v1/key`: what a program may know of the key that it presents, and nothing of any other.
import * as z from 'zod';
import { LIMIT_NAMES } from '../admin/limits.ts';
import { keyIdSchema } from '../admin/admin-key.ts';
import { keyScopesSchema } from '../admin/key-scope.ts';
import { modelIdSchema } from './model-id.ts';

export const limitStateSchema = z
  .object({
    name: z.enum(LIMIT_NAMES),
    scope: z.enum(['key', 'user']).meta({ description: 'Whether the key alone or all keys of its user are counted.' }),
    model: z.string().nullable().meta({ description: 'Null: for all models together.' }),
    limit: z.int(),
    remaining: z.int(),
    resets_at: z
      .int()
      .nullable()
      .meta({ description: 'When all of it is there again, in Unix seconds; null: it is now.' }),
  })
  .meta({ id: 'LimitState' });

export type LimitState = z.infer<typeof limitStateSchema>;

export const ownKeySchema = z
  .object({
    object: z.literal('key'),
    id: keyIdSchema,
    name: z.string(),
    status: z.literal('active'),
    models: z.array(modelIdSchema).nullable(),
    scopes: keyScopesSchema,
    created_at: z.int(),
    expires_at: z.int().nullable(),
    rotate_by: z
      .int()
      .nullable()
      .meta({ description: 'This secret was rotated out and stops working then; null: it is the current one.' }),
    rotation_due: z.boolean(),
    limits: z.array(limitStateSchema),
  })
  .meta({ id: 'OwnKey' });

export type OwnKey = z.infer<typeof ownKeySchema>;
