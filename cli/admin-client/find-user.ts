// A user that must be there.
import type { User } from '../../protocol/admin/admin-user.ts';
import { CliFailure } from '../cli-failure.ts';
import type { AdminClient } from './admin-client.ts';
import { searchUser } from './search-user.ts';

/** Finds a user by id or name. Throws a `CliFailure` when there is none. */
export async function findUser(client: AdminClient, idOrName: string): Promise<User> {
  return (await searchUser(client, idOrName)) ?? noSuchUser(idOrName);
}

/** Says so. */
export function noSuchUser(idOrName: string): never {
  throw new CliFailure(`There is no user '${idOrName}'; see \`hearthkey users list\`.`);
}
