// A lease as the Account's table holds it: JSON that this or an earlier release wrote.
import * as z from 'zod';
import { keyScopeSchema } from '../../../protocol/admin/key-scope.ts';
import type { Lease } from '../../../protocol/objects/account-admission.ts';

const storedLeaseSchema = z.object({
  callId: z.string(),
  keyId: z.string(),
  secretDigest: z.string(),
  address: z.string().nullable(),
  scope: keyScopeSchema,
  model: z.string(),
  nodeId: z.string(),
  attempt: z.int(),
  chargedAt: z.int(),
  promptTokens: z.int(),
  maxTokens: z.int(),
});

/** The lease. Throws for what no release has written. */
export function parseLease(json: string): Lease {
  return storedLeaseSchema.parse(JSON.parse(json));
}
