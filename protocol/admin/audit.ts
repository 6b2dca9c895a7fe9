// The audit log in the admin API: every administrative act, in hash chains. One chain per user (its keys), one of the Registry
// (users, admin tokens). docs/audit.md says what is hashed.
import * as z from 'zod';
import { MAX_PAGE_SIZE } from './admin-list.ts';
import { userIdSchema } from './admin-user.ts';

export const AUDIT_ACTIONS = [
  'user.create',
  'user.update',
  'user.delete',
  'key.create',
  'key.update',
  'key.disable',
  'key.enable',
  'key.revoke',
  'key.rotate',
  'key.finish_rotation',
  'admin_token.create',
  'admin_token.rotate',
  'admin_token.revoke',
  'admin_token.bootstrap',
  'node.create',
  'node.update',
  'node.rotate',
  'node.delete',
  'index.reconcile',
  'state.backup',
  'state.restore',
] as const;
export const auditActionSchema = z.enum(AUDIT_ACTIONS);
export type AuditAction = z.infer<typeof auditActionSchema>;

/** `registry`, or a user's id. */
export const auditChainSchema = z.union([z.literal('registry'), userIdSchema]);

const stateSchema = z.record(z.string(), z.unknown()).nullable();

export const auditEntrySchema = z
  .object({
    chain: auditChainSchema,
    sequence: z.int().min(1).meta({ description: 'From 1, without gaps.' }),
    at: z.int().meta({ description: 'Unix time in milliseconds.' }),
    actor: z
      .object({
        token_id: z.string().meta({ description: 'Of the admin token; `system`: the gateway itself.' }),
        token_name: z.string(),
        address: z.string().nullable().meta({ description: 'Where the operator said whom to believe about it.' }),
        request_id: z.string().nullable(),
      })
      .meta({ id: 'AuditActor' }),
    action: auditActionSchema,
    target: z.string().meta({ description: 'Id of the user, key, admin token or node.' }),
    before: stateSchema.meta({ description: 'What was changed, as it was; null: it was not there. Never a secret.' }),
    after: stateSchema.meta({ description: 'What was changed, as it is now; null: it is gone.' }),
    hash: z.string().meta({ description: 'SHA-256 (base64url) of the entry and the hash before it.' }),
  })
  .meta({ id: 'AuditEntry' });

export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditQuerySchema = z.strictObject({
  chain: auditChainSchema.default('registry'),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(20),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .meta({ description: 'Entries before this sequence number; newest first.' }),
});

export const auditPageSchema = z
  .object({ object: z.literal('list'), data: z.array(auditEntrySchema), has_more: z.boolean() })
  .meta({ id: 'AuditPage' });
export type AuditPage = z.infer<typeof auditPageSchema>;

export const verifyAuditQuerySchema = z.strictObject({ chain: auditChainSchema.default('registry') });

export const AUDIT_PROBLEMS = [
  /** The entry is not the one that was hashed. */
  'changed',
  /** A sequence number is missing: an entry was removed. */
  'gap',
  /** The head kept on the other side is further than the chain: its end was cut off. */
  'cut_off',
  /** The head kept on the other side names another entry at its place. */
  'head_differs',
  /** The head kept on the other side was not made by this gateway. */
  'head_forged',
] as const;

export const auditVerificationSchema = z
  .object({
    object: z.literal('audit_verification'),
    chain: auditChainSchema,
    entries: z.int(),
    head_sequence: z
      .int()
      .nullable()
      .meta({ description: 'How far the other side vouches; null: it was not told yet.' }),
    problems: z
      .array(z.object({ sequence: z.int(), problem: z.enum(AUDIT_PROBLEMS) }))
      .meta({ description: 'Empty: whole. The first 100.' }),
  })
  .meta({ id: 'AuditVerification' });

export type AuditVerification = z.infer<typeof auditVerificationSchema>;
