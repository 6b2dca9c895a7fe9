// Which route groups a key may use.
import * as z from 'zod';

/**
 * `chat`: /v1/chat/completions; `completions`: /v1/completions; `embeddings`: /v1/embeddings; `tokenize`: /v1/tokenize and
 * /v1/detokenize; `predict`: /predict; `models`: /v1/models.
 */
export const keyScopeSchema = z.enum(['chat', 'completions', 'embeddings', 'tokenize', 'predict', 'models']);
export type KeyScope = z.infer<typeof keyScopeSchema>;

export const keyScopesSchema = z
  .array(keyScopeSchema)
  .min(1)
  .max(keyScopeSchema.options.length)
  .refine((scopes) => new Set(scopes).size === scopes.length, 'a scope is named twice')
  .nullable()
  .meta({ description: 'The route groups that the key may use; null: all.' });
