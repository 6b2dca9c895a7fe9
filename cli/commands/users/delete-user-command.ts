// `hearthkey users delete`: refused by the gateway while the user has keys that are not revoked.
import { Command } from 'commander';
import { findUser } from '../../admin-client/find-user.ts';
import { print } from '../../output/print.ts';
import { printable } from '../../output/printable.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';

export function deleteUserCommand(): Command {
  return new Command('delete')
    .description('delete a user whose keys are all revoked; its usage and audit log stay')
    .argument('<user>', 'its id or name')
    .action(async (idOrName: string, options: GatewayOptions) => {
      const client = await connectToGateway(options);
      const user = await findUser(client, idOrName);
      const deleted = await client.users.delete(user.id);
      print(options.json, deleted, `The user ${printable(user.name)} (${user.id}) is deleted.\n`);
    });
}
