// Admin tokens in the admin API. A token is in exactly one answer: the one that made it.
import * as z from 'zod';
import { nameSchema } from './admin-user.ts';
import { MAX_GRACE_SECONDS } from './admin-key.ts';

/** `viewer` may read everything that the admin API shows and change nothing. */
export const adminRoleSchema = z.enum(['admin', 'viewer']);
export type AdminRole = z.infer<typeof adminRoleSchema>;

/** `root` for the deployment's own token, else the 16 characters of the token's id. */
export const adminTokenIdSchema = z
  .string()
  .regex(/^(?:root|[0-9A-Za-z]{16})$/, 'an admin token id has 16 letters and digits');

export const adminTokenSchema = z
  .object({
    object: z.literal('admin_token'),
    id: adminTokenIdSchema,
    name: z.string(),
    role: adminRoleSchema,
    created_at: z.int().meta({ description: 'When the current secret was made, in Unix seconds.' }),
    last_used_at: z.int().nullable().meta({ description: 'To the minute.' }),
    former_ends_at: z.int().nullable().meta({ description: 'Until when the secret before the rotation works on.' }),
  })
  .meta({ id: 'AdminToken' });

export type AdminToken = z.infer<typeof adminTokenSchema>;

/** `POST /admin/tokens`, `POST /admin/tokens/{id}/rotate` and `POST /admin/token/reset`. */
export const newAdminTokenSchema = adminTokenSchema
  .extend({ token: z.string().meta({ description: 'The token. Shown this once; only its SHA-256 is kept.' }) })
  .meta({ id: 'NewAdminToken' });

export type NewAdminToken = z.infer<typeof newAdminTokenSchema>;

export const createAdminTokenSchema = z
  .strictObject({ name: nameSchema.meta({ description: 'Unique among admin tokens.' }), role: adminRoleSchema })
  .meta({ id: 'CreateAdminToken' });

export type CreateAdminToken = z.infer<typeof createAdminTokenSchema>;

export const rotateAdminTokenSchema = z
  .strictObject({
    grace_seconds: z
      .int()
      .min(0)
      .max(MAX_GRACE_SECONDS, 'a grace period has at most a year')
      .default(0)
      .meta({ description: 'For how long the former token works on; 0: it ends now.' }),
  })
  .meta({ id: 'RotateAdminToken' });

export const adminTokenListSchema = z
  .object({ object: z.literal('list'), data: z.array(adminTokenSchema) })
  .meta({ id: 'AdminTokenList' });

export const revokedAdminTokenSchema = z
  .object({ object: z.literal('admin_token'), id: adminTokenIdSchema, revoked: z.literal(true) })
  .meta({ id: 'RevokedAdminToken' });
