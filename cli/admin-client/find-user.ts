// A user by what the operator calls it: its id or its name.
import { MAX_PAGE_SIZE } from '../../protocol/admin/admin-list.ts';
import { userIdSchema, type User } from '../../protocol/admin/admin-user.ts';
import { CliFailure } from '../cli-failure.ts';
import type { AdminClient } from './admin-client.ts';
import { AdminFailure } from './admin-failure.ts';

/** Finds by id, then by name through the whole list (names are unique). Throws a `CliFailure` when there is none. */
export async function findUser(client: AdminClient, idOrName: string): Promise<User> {
  const user = (await findById(client, idOrName)) ?? (await findByName(client, idOrName));
  if (user === null) throw new CliFailure(`There is no user '${idOrName}'; see \`hearthkey users list\`.`);
  return user;
}

async function findById(client: AdminClient, id: string): Promise<User | null> {
  if (!userIdSchema.safeParse(id).success) return null;
  try {
    return await client.getUser(id);
  } catch (error) {
    if (error instanceof AdminFailure && error.kind === 'not_found') return null;
    throw error;
  }
}

async function findByName(client: AdminClient, name: string): Promise<User | null> {
  let after: string | undefined;
  do {
    const page = await client.listUsers({ limit: MAX_PAGE_SIZE, after });
    const user = page.data.find((candidate) => candidate.name === name);
    if (user !== undefined) return user;
    after = page.has_more ? (page.last_id ?? undefined) : undefined;
  } while (after !== undefined);
  return null;
}
