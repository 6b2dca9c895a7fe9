// Nodes in the admin API. One that dials in proves by its token, `hkn_…`, that it is the one; the token is in exactly one answer: the one
// that made it. One at an address is known by it, and by the calls that the gateway signs for it alone.
import { z } from 'zod';
import { modelIdSchema } from '../inference/model-id.ts';
import { checkOriginUrl } from '../node/check-origin-url.ts';
import { nodeIdSchema } from '../node/node-id.ts';
import { rotateAdminTokenSchema } from './admin-token.ts';

/** In one record. */
const MAX_ALLOWED_MODELS = 256;
export const MAX_NODE_WEIGHT = 1_000;

/** What a node is doing, as the gateway sees it at this moment. */
export const nodeLiveStateSchema = z.object({
  state: z.enum(['ready', 'starting', 'draining', 'away']).meta({
    description:
      '`starting`: it answers, its engine does not yet; `draining`: it is given no new calls; `away`: it does not answer.',
  }),
  reason: z.string().nullable().meta({ description: 'Why it is away.' }),
  version: z.string().nullable(),
  models: z.array(
    z.object({
      id: modelIdSchema,
      state: z.enum(['loaded', 'loading', 'unloaded']),
      sequences: z.int().meta({ description: 'How many calls it answers at once.' }),
      running: z.int(),
      waiting: z.int(),
    }),
  ),
});

export type NodeLiveState = z.infer<typeof nodeLiveStateSchema>;

const allowedModelsSchema = z.array(modelIdSchema).min(1).max(MAX_ALLOWED_MODELS);
const weightSchema = z.int().min(1).max(MAX_NODE_WEIGHT);

export const adminNodeSchema = z
  .object({
    object: z.literal('node'),
    id: nodeIdSchema,
    kind: z.enum(['link', 'origin']).meta({ description: '`link`: it dials in; `origin`: it answers at an address.' }),
    origin: z.string().nullable().meta({ description: 'Scheme, host and port; null: it dials in.' }),
    models: z
      .array(modelIdSchema)
      .nullable()
      .meta({ description: 'The models that calls may have of it; null: all that it serves.' }),
    weight: z.int().meta({ description: 'Its share of the calls, beside other nodes that serve the same.' }),
    draining: z.boolean().meta({ description: 'Whether it is given no new calls.' }),
    configured: z
      .boolean()
      .meta({ description: "Whether it is the node of the gateway's own settings, which is always there." }),
    created_at: z.int().nullable().meta({ description: 'When its token was made, or it was added, in Unix seconds.' }),
    last_used_at: z.int().nullable().meta({ description: 'When its token was last presented, to the minute.' }),
    former_ends_at: z.int().nullable().meta({ description: 'Until when the token before the rotation works on.' }),
    live: nodeLiveStateSchema,
  })
  .meta({ id: 'Node' });

export type AdminNode = z.infer<typeof adminNodeSchema>;

const tokenSchema = z.string().meta({ description: 'The token. Shown this once; only its SHA-256 is kept.' });

/** `POST /admin/nodes/{id}/rotate`. */
export const newAdminNodeSchema = adminNodeSchema.extend({ token: tokenSchema }).meta({ id: 'NewNode' });

export type NewAdminNode = z.infer<typeof newAdminNodeSchema>;

/** `POST /admin/nodes`. */
export const addedAdminNodeSchema = adminNodeSchema
  .extend({
    token: tokenSchema.nullable().meta({ description: 'As with a new token; null: it answers at an address.' }),
  })
  .meta({ id: 'AddedNode' });

export type AddedAdminNode = z.infer<typeof addedAdminNodeSchema>;

const originUrlSchema = z.string().superRefine((text, context) => {
  const checked = checkOriginUrl(text, { mayHavePath: false, insecureHttp: true, force: false });
  if (!checked.ok) context.addIssue(checked.problem);
});

export const createNodeSchema = z
  .strictObject({
    id: nodeIdSchema.meta({ description: 'Unique among nodes.' }),
    origin: originUrlSchema.optional().meta({
      description: 'Where it answers: scheme, host and port; https, or http on a private network. Absent: it dials in.',
    }),
    models: allowedModelsSchema.optional().meta({ description: 'Absent: all that it serves.' }),
    weight: weightSchema.default(1),
  })
  .meta({ id: 'CreateNode' });

/** `PATCH /admin/nodes/{id}`. What is absent stays as it is. */
export const updateNodeSchema = z
  .strictObject({
    models: allowedModelsSchema.nullable().optional(),
    weight: weightSchema.optional(),
    draining: z.boolean().optional(),
  })
  .meta({ id: 'UpdateNode' });

export const rotateNodeSchema = z.strictObject(rotateAdminTokenSchema.shape).meta({ id: 'RotateNode' });

export const adminNodeListSchema = z
  .object({ object: z.literal('list'), data: z.array(adminNodeSchema) })
  .meta({ id: 'NodeList' });

export const deletedNodeSchema = z
  .object({ object: z.literal('node'), id: nodeIdSchema, deleted: z.literal(true) })
  .meta({ id: 'DeletedNode' });
