// `hearthkey users show`
import { Command } from 'commander';
import { findUser } from '../../admin-client/find-user.ts';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { describeUser } from './describe-user.ts';

export function showUserCommand(): Command {
  return new Command('show')
    .description('show everything about a user')
    .argument('<user>', 'its id or name')
    .action(async (idOrName: string, options: GatewayOptions) => {
      const user = await findUser(await connectToGateway(options), idOrName);
      print(options.json, user, describeUser(user));
    });
}
