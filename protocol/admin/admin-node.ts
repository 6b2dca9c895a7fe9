// Nodes in the admin API. A node is known by its id, and proves by its token, `hkn_…`, that it is the one. The token is in exactly
// one answer: the one that made it.
import { z } from 'zod';
import { nodeIdSchema } from '../node/node-id.ts';
import { rotateAdminTokenSchema } from './admin-token.ts';

export const adminNodeSchema = z
  .object({
    object: z.literal('node'),
    id: nodeIdSchema,
    created_at: z.int().meta({ description: 'When the current token was made, in Unix seconds.' }),
    last_used_at: z.int().nullable().meta({ description: 'When its token was last presented, to the minute.' }),
    former_ends_at: z.int().nullable().meta({ description: 'Until when the token before the rotation works on.' }),
  })
  .meta({ id: 'Node' });

export type AdminNode = z.infer<typeof adminNodeSchema>;

/** `POST /admin/nodes` and `POST /admin/nodes/{id}/rotate`. */
export const newAdminNodeSchema = adminNodeSchema
  .extend({ token: z.string().meta({ description: 'The token. Shown this once; only its SHA-256 is kept.' }) })
  .meta({ id: 'NewNode' });

export type NewAdminNode = z.infer<typeof newAdminNodeSchema>;

export const createNodeSchema = z
  .strictObject({
    id: nodeIdSchema.meta({ description: "Unique among nodes; the gateway's `NODE_ID` names the one that it asks." }),
  })
  .meta({ id: 'CreateNode' });

export const rotateNodeSchema = z.strictObject(rotateAdminTokenSchema.shape).meta({ id: 'RotateNode' });

export const adminNodeListSchema = z
  .object({ object: z.literal('list'), data: z.array(adminNodeSchema) })
  .meta({ id: 'NodeList' });

export const deletedNodeSchema = z
  .object({ object: z.literal('node'), id: nodeIdSchema, deleted: z.literal(true) })
  .meta({ id: 'DeletedNode' });
