// The columns of a key that the Account's table and the Registry's copy have in common, and the record that they make.
import * as z from 'zod';
import { keyPrioritySchema } from '../../../protocol/admin/key-priority.ts';
import { keyScopeSchema } from '../../../protocol/admin/key-scope.ts';
import type { GraceSecret, KeyRecord, KeySettings } from '../../../protocol/objects/key-record.ts';
import { formatLimits, parseLimits } from './stored-limits.ts';

/** Looser than the admin API's schemas: what was once accepted stays readable when these become stricter. */
const textsSchema = z.array(z.string());
const scopesSchema = z.array(keyScopeSchema);
const metadataSchema = z.record(z.string(), z.string());

/** What of a key can be set, as columns. Lists and records are JSON; null: all, any, none or never. */
export type KeySettingsRow = {
  name: string;
  models: string | null;
  scopes: string | null;
  addresses: string | null;
  limits: string | null;
  metadata: string;
  expires_at: number | null;
  rotate_after: number | null;
  priority: string;
};

export type KeyRow = KeySettingsRow & {
  id: string;
  created_at: number;
  disabled_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  rotated_at: number;
  version: number;
};

/** `graceSecrets`: newest first; where they are stored is different on both sides. */
export function toKeyRecord(row: KeyRow, accountId: string, graceSecrets: GraceSecret[]): KeyRecord {
  return {
    keyId: row.id,
    accountId,
    name: row.name,
    models: row.models === null ? null : textsSchema.parse(JSON.parse(row.models)),
    scopes: row.scopes === null ? null : scopesSchema.parse(JSON.parse(row.scopes)),
    addresses: row.addresses === null ? null : textsSchema.parse(JSON.parse(row.addresses)),
    limits: parseLimits(row.limits),
    metadata: parseMetadata(row.metadata),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    disabledAt: row.disabled_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    rotatedAt: row.rotated_at,
    rotateAfter: row.rotate_after,
    priority: keyPrioritySchema.parse(row.priority),
    graceSecrets,
    version: row.version,
  };
}

/** The settings of a key as columns. */
export function toSettingsRow(settings: KeySettings): KeySettingsRow {
  return {
    name: settings.name,
    models: formatList(settings.models),
    scopes: formatList(settings.scopes),
    addresses: formatList(settings.addresses),
    limits: formatLimits(settings.limits),
    metadata: JSON.stringify(settings.metadata),
    expires_at: settings.expiresAt,
    rotate_after: settings.rotateAfter,
    priority: settings.priority,
  };
}

export function parseMetadata(json: string): Record<string, string> {
  return metadataSchema.parse(JSON.parse(json));
}

function formatList(list: readonly string[] | null): string | null {
  return list === null ? null : JSON.stringify(list);
}
