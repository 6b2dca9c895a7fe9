// `/admin/audit`: what administrators did, and whether the record of it is whole. Behind an admin token.
import {
  auditPageSchema,
  auditQuerySchema,
  auditVerificationSchema,
  verifyAuditQuerySchema,
  type AuditPage,
  type AuditVerification,
} from '../../../protocol/admin/audit.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { acceptedOrThrow } from './admin-refusal.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';

const listAuditRoute = defineRoute({
  method: 'GET',
  path: '/admin/audit',
  access: 'admin',
  tag: 'Audit',
  summary: 'Lists administrative acts, newest first.',
  description: 'Of the Registry (users, admin tokens), or of one user (its keys), also of a deleted one.',
  request: { query: auditQuerySchema },
  responses: { 200: { description: 'A page of entries.', schema: auditPageSchema } },
  async handler(context, { query: { chain, limit, before = null } }) {
    const answer = await askRegistry(context.env, (registry) => registry.listAudit(chain, limit, before));
    return Response.json({ object: 'list', ...acceptedOrThrow(answer) } satisfies AuditPage);
  },
});

const verifyAuditRoute = defineRoute({
  method: 'GET',
  path: '/admin/audit/verify',
  access: 'admin',
  tag: 'Audit',
  summary: 'Checks whether an audit chain is whole.',
  description: 'Finds entries that were changed, removed, put elsewhere, or cut off at the end.',
  request: { query: verifyAuditQuerySchema },
  responses: { 200: { description: 'What was found.', schema: auditVerificationSchema } },
  async handler(context, { query: { chain } }) {
    const answer = await askRegistry(context.env, (registry) => registry.verifyAudit(chain));
    return Response.json({ object: 'audit_verification', ...acceptedOrThrow(answer) } satisfies AuditVerification);
  },
});

export const adminAuditRoutes: readonly AnyRoute[] = [listAuditRoute, verifyAuditRoute];
