// `hearthkey users disable` and `enable`. In force when the command returns.
import { Command } from 'commander';
import { findUser } from '../../admin-client/find-user.ts';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { userTable } from './user-table.ts';

export function switchUserCommand(act: 'disable' | 'enable', description: string): Command {
  return new Command(act)
    .description(description)
    .argument('<user>', 'its id or name')
    .action(async (idOrName: string, options: GatewayOptions) => {
      const client = await connectToGateway(options);
      const { id } = await findUser(client, idOrName);
      const user = await client.users.update(id, { disabled: act === 'disable' });
      print(options.json, user, userTable([user]));
    });
}
