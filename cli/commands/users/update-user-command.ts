// `hearthkey users update`
import { Command, Option } from 'commander';
import { findUser } from '../../admin-client/find-user.ts';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { describeUser } from './describe-user.ts';
import { addSwitchFlags, addUserFlags, userSettings, type UserFlags } from './user-flags.ts';

export function updateUserCommand(): Command {
  const command = new Command('update')
    .description('change a user; what is not named stays, what is named is replaced whole')
    .argument('<user>', 'its id or name');
  return addSwitchFlags(addUserFlags(command, []))
    .option('--no-external-id', 'forget its id in a system of yours')
    .addOption(new Option('--no-quotas', 'take its limits away').conflicts('quota'))
    .option('--no-metadata', 'forget the notes kept with it')
    .action(async (idOrName: string, flags: GatewayOptions & UserFlags, self: Command) => {
      const settings = userSettings(flags, self);
      if (Object.keys(settings).length === 0)
        self.error('error: nothing to change; see --help for what can be changed');
      const client = await connectToGateway(flags);
      const user = await client.users.update((await findUser(client, idOrName)).id, settings);
      print(flags.json, user, describeUser(user));
    });
}
