// API keys in the admin API. A secret is in exactly two kinds of answer: the one that created it and the one that rotated to it.
import * as z from 'zod';
import { addressListSchema } from './address-list.ts';
import { listQuery, pageSchema, searchSchema } from './admin-list.ts';
import { metadataSchema, nameSchema, userIdSchema } from './admin-user.ts';
import { keyPrioritySchema } from './key-priority.ts';
import { keyScopesSchema } from './key-scope.ts';
import { limitsSchema } from './limits.ts';
import { modelIdSchema } from '../inference/model-id.ts';

const MAX_MODELS = 64;
const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_YEAR = 366 * SECONDS_PER_DAY;
/** A day, until nobody forgets and nobody has to hurry. */
export const DEFAULT_GRACE_SECONDS = SECONDS_PER_DAY;
export const MAX_GRACE_SECONDS = SECONDS_PER_YEAR;

export const keyIdSchema = z.string().regex(/^[0-9A-Za-z]{16}$/, 'a key id has 16 letters and digits');

const modelsSchema = z
  .array(modelIdSchema)
  .min(1)
  .max(MAX_MODELS)
  .nullable()
  .meta({ description: 'The models that the key may use; null: all.' });
const expirySchema = z.int().min(0).nullable().meta({ description: 'Unix time in seconds; null: never.' });
const keyLimitsSchema = limitsSchema
  .nullable()
  .meta({ description: 'Limits of this key, beside those of its user; null: none.' });
const rotateAfterSchema = z
  .int()
  .min(SECONDS_PER_DAY)
  .max(10 * SECONDS_PER_YEAR)
  .nullable()
  .meta({ description: 'So many seconds after a secret was made, the key is due for rotation; null: never.' });
const prioritySchema = keyPrioritySchema.meta({
  description: 'Which calls begin first where calls wait for the model; none waits for ever.',
});
const timeSchema = z.int().nullable();

/** What of a key can be set. */
const settings = {
  name: nameSchema,
  models: modelsSchema,
  scopes: keyScopesSchema,
  addresses: addressListSchema,
  limits: keyLimitsSchema,
  metadata: metadataSchema,
  expires_at: expirySchema,
  rotate_after: rotateAfterSchema,
  priority: prioritySchema,
} as const;

const graceSecretSchema = z
  .object({
    created_at: z.int(),
    ends_at: z.int().meta({ description: 'When it stops working, in Unix seconds.' }),
    last_used_at: timeSchema.meta({ description: 'To the minute; null: not since the rotation was begun.' }),
  })
  .meta({ id: 'GraceSecret', description: 'A former secret of the key that still works.' });

export const keyStatusSchema = z.enum(['active', 'disabled', 'expired', 'revoked']);
export type KeyStatus = z.infer<typeof keyStatusSchema>;

export const apiKeySchema = z
  .object({
    object: z.literal('api_key'),
    id: keyIdSchema,
    user_id: userIdSchema,
    name: z.string(),
    prefix: z.string().meta({ description: 'What logs and lists show of the key: `hk_` and its id.' }),
    status: keyStatusSchema,
    models: modelsSchema,
    scopes: keyScopesSchema,
    addresses: z.array(z.string()).nullable(),
    limits: keyLimitsSchema,
    priority: prioritySchema,
    metadata: metadataSchema,
    created_at: z.int(),
    expires_at: expirySchema,
    disabled_at: timeSchema,
    revoked_at: timeSchema,
    last_used_at: timeSchema.meta({ description: 'To the minute.' }),
    rotated_at: z.int().meta({ description: 'When the current secret was made.' }),
    rotate_after: rotateAfterSchema,
    rotation_due_at: timeSchema,
    rotation_due: z.boolean().meta({ description: 'The current secret is older than `rotate_after` allows.' }),
    grace_secrets: z.array(graceSecretSchema).meta({ description: 'Newest first.' }),
  })
  .meta({ id: 'ApiKey' });

export type ApiKey = z.infer<typeof apiKeySchema>;

export const createdApiKeySchema = apiKeySchema
  .extend({ key: z.string().meta({ description: 'The secret. Shown this once; only its SHA-256 is kept.' }) })
  .meta({ id: 'CreatedApiKey' });

export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;

export const createKeySchema = z
  .strictObject({
    user_id: userIdSchema,
    ...settings,
    models: settings.models.optional(),
    scopes: settings.scopes.optional(),
    addresses: settings.addresses.optional(),
    limits: settings.limits.optional(),
    metadata: settings.metadata.optional(),
    expires_at: settings.expires_at.optional(),
    rotate_after: settings.rotate_after.optional(),
    priority: settings.priority.optional(),
  })
  .superRefine(refuseUnusableModelLimits)
  .meta({ id: 'CreateApiKey' });

export type CreateKey = z.infer<typeof createKeySchema>;

export const updateKeySchema = z.strictObject(settings).partial().superRefine(refuseUnusableModelLimits).meta({
  id: 'UpdateApiKey',
  description: 'Absent fields stay as they are; `limits` and `metadata` are replaced whole.',
});

export type UpdateKey = z.infer<typeof updateKeySchema>;

export const rotateKeySchema = z
  .strictObject({
    grace_seconds: z
      .int()
      .min(0)
      .max(MAX_GRACE_SECONDS, 'a grace period has at most a year')
      .default(DEFAULT_GRACE_SECONDS)
      .meta({ description: 'For how long the former secret works on; 0: it ends now.' }),
  })
  .meta({ id: 'RotateApiKey' });

export type RotateKey = z.input<typeof rotateKeySchema>;

export const listKeysQuerySchema = z.strictObject({
  ...listQuery,
  user_id: userIdSchema.optional(),
  q: searchSchema.optional().meta({ description: 'A part of the name or of the id.' }),
  status: keyStatusSchema.optional(),
  rotation_due: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: 'Only keys that are due for rotation, or only those that are not.' }),
});
export const apiKeyPageSchema = pageSchema(apiKeySchema).meta({ id: 'ApiKeyPage' });

/** `POST /admin/reconcile`: a batch of accounts, from the one after `after`. */
export const reconcileKeysSchema = z
  .strictObject({ after: userIdSchema.optional(), dry_run: z.boolean().default(false) })
  .meta({ id: 'ReconcileKeys' });

export const reconciledKeysSchema = z
  .object({
    object: z.literal('reconciliation'),
    users: z.int().meta({ description: 'Users looked at in this batch.' }),
    secrets: z.int().meta({ description: 'Secrets whose index entry was looked at.' }),
    missing: z.int().meta({ description: 'Entries that were not there, or wrong, and are written again.' }),
    superfluous: z.int().meta({ description: 'Entries of secrets that have ended, removed.' }),
    last_id: userIdSchema.nullable(),
    has_more: z.boolean(),
  })
  .meta({ id: 'ReconciledKeys' });

export type ReconciledKeys = z.infer<typeof reconciledKeysSchema>;

function refuseUnusableModelLimits(
  key: { models?: string[] | null | undefined; limits?: z.infer<typeof keyLimitsSchema> | undefined },
  context: z.core.$RefinementCtx,
): void {
  const { models, limits } = key;
  if (models === null || models === undefined) return;
  for (const model of Object.keys(limits?.models ?? {})) {
    if (models.includes(model)) continue;
    const message = 'the key may not use this model, so a limit for it contradicts its models';
    context.addIssue({ code: 'custom', path: ['limits', 'models', model], message });
  }
}
