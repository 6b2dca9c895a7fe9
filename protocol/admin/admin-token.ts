// Admin tokens in the admin API. A token is in exactly one answer: the one that made it.
import { z } from 'zod';

/** `POST /admin/token/reset`. */
export const newAdminTokenSchema = z
  .object({
    object: z.literal('admin_token'),
    name: z.string(),
    token: z.string().meta({ description: 'The token. Shown this once; only its SHA-256 is kept.' }),
    created_at: z.int().meta({ description: 'Unix time in seconds.' }),
  })
  .meta({ id: 'NewAdminToken' });

export type NewAdminToken = z.infer<typeof newAdminTokenSchema>;
