// Looks for a user by what the operator calls it: its id or its name.
import { nameSchema, userIdSchema, type User } from '../../protocol/admin/admin-user.ts';
import type { AdminClient } from './admin-client.ts';
import { everyItem } from './every-item.ts';
import { unlessNotFound } from './unless-not-found.ts';

/** Finds by id, then by name (names are unique); null when there is none. */
export async function searchUser(client: AdminClient, idOrName: string): Promise<User | null> {
  const byId = userIdSchema.safeParse(idOrName).success ? await unlessNotFound(client.users.get(idOrName)) : null;
  return byId ?? (await findByName(client, idOrName));
}

/** The search finds parts of names, of ids and of external ids, so the name itself is looked for in what it found. */
async function findByName(client: AdminClient, name: string): Promise<User | null> {
  if (!nameSchema.safeParse(name).success) return null;
  for await (const user of everyItem((place) => client.users.list({ ...place, search: name }))) {
    if (user.name === name) return user;
  }
  return null;
}
