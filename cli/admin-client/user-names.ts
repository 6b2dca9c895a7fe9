// The names of users, for tables whose rows hold ids.
import type { AdminClient } from './admin-client.ts';
import { unlessNotFound } from './unless-not-found.ts';

/** Each costs a request, so longer tables name the users of their first rows only. */
const MAX_NAMED_USERS = 100;
/** As many requests at once as browsers make to one host. */
const AT_ONCE = 6;

/** Names by id; without those of deleted users. */
export async function userNames(client: AdminClient, ids: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)].slice(0, MAX_NAMED_USERS);
  const names = new Map<string, string>();
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const batch = wanted.slice(start, start + AT_ONCE).map((id) => unlessNotFound(client.users.get(id)));
    for (const user of await Promise.all(batch)) {
      if (user !== null) names.set(user.id, user.name);
    }
  }
  return names;
}
