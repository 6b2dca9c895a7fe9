// An admin token by what the operator calls it: its id or its name.
import type { AdminToken } from '../../protocol/admin/admin-token.ts';
import { CliFailure } from '../cli-failure.ts';
import type { AdminClient } from './admin-client.ts';

/** Finds by id, then by name (names are unique). Throws a `CliFailure` when there is none. */
export async function findAdminToken(client: AdminClient, idOrName: string): Promise<AdminToken> {
  const { data } = await client.tokens.list();
  const token = data.find(({ id }) => id === idOrName) ?? data.find(({ name }) => name === idOrName);
  if (token !== undefined) return token;
  throw new CliFailure(`There is no admin token '${idOrName}'; see \`hearthkey admin tokens list\`.`);
}
