// So that a first run ends with a key that works: a gateway without any user gets one, with one key.
import type { ApiKey } from '../../protocol/admin/admin-key.ts';
import type { AdminClient } from '../admin-client/admin-client.ts';

const FIRST_USER_NAME = 'default';
const FIRST_KEY_NAME = 'first key';
/** How many keys a banner shows. */
const SHOWN_KEYS = 10;

/** `created`: the secret is here and nowhere else. `existing`: the newest usable keys, without their secrets. */
export type FirstKey =
  { kind: 'created'; secret: string } | { kind: 'existing'; keys: readonly ApiKey[]; more: boolean };

export async function ensureFirstKey(client: AdminClient): Promise<FirstKey> {
  const users = await client.users.list({ limit: 1 });
  if (users.data.length === 0) {
    const user = await client.users.create({ name: FIRST_USER_NAME });
    const { key } = await client.keys.create({ user_id: user.id, name: FIRST_KEY_NAME });
    return { kind: 'created', secret: key };
  }
  const page = await client.keys.list({ limit: SHOWN_KEYS });
  return { kind: 'existing', keys: page.data.filter((key) => key.status === 'active'), more: page.has_more };
}
