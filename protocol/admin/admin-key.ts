// API keys in the admin API. A secret is in exactly one answer: the one that created it.
import { z } from 'zod';
import { listQuery, pageSchema } from './admin-list.ts';
import { metadataSchema, nameSchema, userIdSchema } from './admin-user.ts';
import { modelIdSchema } from '../inference/model-id.ts';

const MAX_MODELS = 64;

export const keyIdSchema = z.string().regex(/^[0-9A-Za-z]{16}$/, 'a key id has 16 letters and digits');

const modelsSchema = z
  .array(modelIdSchema)
  .min(1)
  .max(MAX_MODELS)
  .nullable()
  .meta({ description: 'The models that the key may use; null: all.' });
const expirySchema = z.int().min(0).nullable().meta({ description: 'Unix time in seconds; null: never.' });

export const apiKeySchema = z
  .object({
    object: z.literal('api_key'),
    id: keyIdSchema,
    user_id: userIdSchema,
    name: z.string(),
    prefix: z.string().meta({ description: 'What logs and lists show of the key: `hk_` and its id.' }),
    status: z.enum(['active', 'expired', 'revoked']),
    models: modelsSchema,
    metadata: metadataSchema,
    created_at: z.int(),
    expires_at: expirySchema,
    revoked_at: z.int().nullable(),
    last_used_at: z.int().nullable().meta({ description: 'To the minute.' }),
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
    name: nameSchema,
    models: modelsSchema.optional(),
    expires_at: expirySchema.optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'CreateApiKey' });

export type CreateKey = z.infer<typeof createKeySchema>;

export const updateKeySchema = z
  .strictObject({
    name: nameSchema.optional(),
    models: modelsSchema.optional(),
    expires_at: expirySchema.optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'UpdateApiKey', description: 'Absent fields stay as they are.' });

export type UpdateKey = z.infer<typeof updateKeySchema>;

export const listKeysQuerySchema = z.strictObject({ ...listQuery, user_id: userIdSchema.optional() });
export const apiKeyPageSchema = pageSchema(apiKeySchema).meta({ id: 'ApiKeyPage' });
