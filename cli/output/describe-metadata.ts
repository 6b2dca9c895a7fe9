// Metadata for people, as `--metadata` takes it.
import type { Metadata } from '../../protocol/admin/admin-user.ts';

export function describeMetadata(metadata: Metadata): string[] {
  return Object.entries(metadata).map(([name, value]) => `${name}=${value}`);
}
