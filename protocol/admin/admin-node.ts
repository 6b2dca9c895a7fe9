// Nodes in the admin API. One that dials in proves by its token, `hkn_…`, that it is the one; the token is in exactly one answer: the one
// that made it. One at an address is known by it, and by the calls that the gateway signs for it alone.
import * as z from 'zod';
import { modelIdSchema } from '../inference/model-id.ts';
import { checkOriginUrl } from '../node/check-origin-url.ts';
import { nodeIdSchema } from '../node/node-id.ts';
import { rotateAdminTokenSchema } from './admin-token.ts';

/** In one record. */
const MAX_ALLOWED_MODELS = 256;
export const MAX_NODE_WEIGHT = 1_000;

/** Longer ones, of login servers, are not for programs. */
const MAX_BEARER_LENGTH = 4_096;
/** Far above every model's, and every server's. */
export const MAX_NODE_TOKENS = 100_000_000;
export const MAX_NODE_SEQUENCES = 65_536;
/** What only a server of another maker has. */
const SERVER_FIELDS = ['bearer', 'context_length', 'max_tokens', 'sequences'] as const;

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
      tokens_per_second: z.number().nullable().meta({
        description: 'Of one answer, as the node measured of late; null: it has measured none, or does not tell.',
      }),
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
    kind: z.enum(['link', 'origin', 'openai']).meta({
      description:
        '`link`: it dials in; `origin`: it answers at an address; `openai`: a server of another maker answers there.',
    }),
    origin: z.string().nullable().meta({ description: 'Its URL; null: it dials in.' }),
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

/** A key of a server of another maker: what may stand in a header. */
const bearerSchema = z
  .string()
  .max(MAX_BEARER_LENGTH)
  .regex(/^[\x21-\x7e]+$/, 'a bearer has printable characters and no spaces');
const tokensSchema = z.int().min(1).max(MAX_NODE_TOKENS);

export const createNodeSchema = z
  .strictObject({
    id: nodeIdSchema.meta({ description: 'Unique among nodes.' }),
    origin: z.string().optional().meta({
      description:
        'Where one of our own nodes answers: scheme, host and port. With neither this nor `openai` it dials in.',
    }),
    openai: z.string().optional().meta({
      description:
        "Where a server of another maker answers OpenAI's API (vLLM, llama-server, Ollama): its URL before `/v1`.",
    }),
    bearer: bearerSchema.optional().meta({ description: 'What that server wants to be shown. Stored encrypted.' }),
    context_length: tokensSchema.optional().meta({
      description: 'Of all its models, in tokens. Absent: what the server says, else 4096.',
    }),
    max_tokens: tokensSchema.optional().meta({
      description: 'For calls that name none. Absent: a quarter of the context, at most 1024.',
    }),
    sequences: z
      .int()
      .min(1)
      .max(MAX_NODE_SEQUENCES)
      .optional()
      .meta({ description: 'How many calls one of its models answers at once. Absent: 8.' }),
    insecure_http: z.boolean().default(false).meta({ description: 'Allows http:// to private addresses.' }),
    force: z.boolean().default(false).meta({ description: 'Allows link-local and metadata addresses.' }),
    models: allowedModelsSchema.optional().meta({ description: 'Absent: all that it serves.' }),
    weight: weightSchema.default(1),
  })
  .superRefine((node, context) => {
    const checked = nodePlace(node);
    if (!checked.ok) context.addIssue({ code: 'custom', path: [checked.field], message: checked.problem });
  })
  .meta({ id: 'CreateNode' });

export type CreateNode = z.infer<typeof createNodeSchema>;

type NewNode = Partial<Record<(typeof SERVER_FIELDS)[number], unknown>> & {
  origin?: string | undefined;
  openai?: string | undefined;
  insecure_http: boolean;
  force: boolean;
};

export type NodePlace =
  | { ok: true; kind: 'link'; origin: null }
  | { ok: true; kind: 'origin' | 'openai'; origin: string }
  | { ok: false; field: string; problem: string };

/** How a new node is to be reached; its URL without what calls add. */
export function nodePlace(node: NewNode): NodePlace {
  const { origin, openai, insecure_http: insecureHttp, force } = node;
  if (origin !== undefined && openai !== undefined) return misplaced('openai', 'a node is reached in one way');
  const misfit = openai === undefined ? SERVER_FIELDS.find((field) => node[field] !== undefined) : undefined;
  if (misfit !== undefined) return misplaced(misfit, 'it is for servers of other makers (`openai`)');
  if (origin === undefined && openai === undefined) return { ok: true, kind: 'link', origin: null };
  const kind = openai === undefined ? 'origin' : 'openai';
  const checked = checkOriginUrl(origin ?? openai ?? '', { mayHavePath: kind === 'openai', insecureHttp, force });
  return checked.ok ? { ok: true, kind, origin: checked.url } : misplaced(kind, checked.problem);
}

function misplaced(field: string, problem: string): NodePlace {
  return { ok: false, field, problem };
}

/** `PATCH /admin/nodes/{id}`. What is absent stays as it is. */
export const updateNodeSchema = z
  .strictObject({
    models: allowedModelsSchema.nullable().optional(),
    weight: weightSchema.optional(),
    draining: z.boolean().optional(),
    bearer: bearerSchema
      .nullable()
      .optional()
      .meta({ description: 'Of a server of another maker; null: it wants none.' }),
  })
  .meta({ id: 'UpdateNode' });

export const rotateNodeSchema = z.strictObject(rotateAdminTokenSchema.shape).meta({ id: 'RotateNode' });

export const adminNodeListSchema = z
  .object({ object: z.literal('list'), data: z.array(adminNodeSchema) })
  .meta({ id: 'NodeList' });

export const deletedNodeSchema = z
  .object({ object: z.literal('node'), id: nodeIdSchema, deleted: z.literal(true) })
  .meta({ id: 'DeletedNode' });
