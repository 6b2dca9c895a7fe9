// `hearthkey admin tokens revoke`
import { Command } from 'commander';
import { findAdminToken } from '../../admin-client/find-admin-token.ts';
import { print } from '../../output/print.ts';
import { printable } from '../../output/printable.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';

export function revokeAdminTokenCommand(): Command {
  return new Command('revoke')
    .description('make an admin token worthless, at once and for good')
    .argument('<token>', 'its id or name')
    .action(async (idOrName: string, options: GatewayOptions) => {
      const client = await connectToGateway(options);
      const { id, name } = await findAdminToken(client, idOrName);
      const revoked = await client.tokens.revoke(id);
      print(options.json, revoked, `The admin token ${printable(name)} (${id}) is revoked.\n`);
    });
}
