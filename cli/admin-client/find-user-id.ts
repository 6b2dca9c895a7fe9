// The id of a user who may be deleted by now: usage and audit log outlive the user.
import { userIdSchema } from '../../protocol/admin/admin-user.ts';
import type { AdminClient } from './admin-client.ts';
import { noSuchUser } from './find-user.ts';
import { searchUser } from './search-user.ts';

/** Finds by id or name. What has the form of an id and is nobody's is taken for the id of a deleted user. */
export async function findUserId(client: AdminClient, idOrName: string): Promise<string> {
  const user = await searchUser(client, idOrName);
  if (user !== null) return user.id;
  return userIdSchema.safeParse(idOrName).success ? idOrName : noSuchUser(idOrName);
}
