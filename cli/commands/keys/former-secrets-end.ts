// Until when a key has more than one secret.
import type { ApiKey } from '../../../protocol/admin/admin-key.ts';

/** When the last of the former secrets ends, in Unix seconds; null: none works. */
export function formerSecretsEnd({ grace_secrets: former }: ApiKey): number | null {
  return former.length === 0 ? null : Math.max(...former.map(({ ends_at }) => ends_at));
}
