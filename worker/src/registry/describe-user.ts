// A user in the audit's words, which are the admin API's.
import type { UserRecord } from '../../../protocol/objects/registry-administration.ts';

export function describeUser({ name, externalId, disabled, limits, metadata }: UserRecord): Record<string, unknown> {
  return { name, external_id: externalId, disabled, limits, metadata };
}
