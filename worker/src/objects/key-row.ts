// The columns of a key that the Account's table and the Registry's copy have in common, and the record that they make.
import { z } from 'zod';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';

/** Looser than the admin API's schemas: what was once accepted stays readable when these become stricter. */
const modelsSchema = z.array(z.string());
const metadataSchema = z.record(z.string(), z.string());

export type KeyRow = {
  id: string;
  name: string;
  /** JSON; null: all models. */
  models: string | null;
  /** JSON. */
  metadata: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  version: number;
};

export function toKeyRecord(row: KeyRow, accountId: string): KeyRecord {
  return {
    keyId: row.id,
    accountId,
    name: row.name,
    models: parseModels(row.models),
    metadata: parseMetadata(row.metadata),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    version: row.version,
  };
}

export function parseModels(json: string | null): string[] | null {
  return json === null ? null : modelsSchema.parse(JSON.parse(json));
}

export function formatModels(models: readonly string[] | null): string | null {
  return models === null ? null : JSON.stringify(models);
}

export function parseMetadata(json: string): Record<string, string> {
  return metadataSchema.parse(JSON.parse(json));
}
