// `hearthkey users upsert`: for a user system that pushes its users here and repeats itself.
import { Command } from 'commander';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { required } from '../required.ts';
import { describeUser } from './describe-user.ts';
import { addSwitchFlags, addUserFlags, userSettings, type UserFlags } from './user-flags.ts';

type UpsertFlags = GatewayOptions & UserFlags & { externalId?: string };

export function upsertUserCommand(): Command {
  const command = new Command('upsert').description('change the user with an external id, or make it');
  return addSwitchFlags(addUserFlags(command, ['externalId', 'name'])).action(
    async (flags: UpsertFlags, self: Command) => {
      const externalId = required(self, flags.externalId, '--external-id <id>');
      const name = required(self, flags.name, '--name <name>');
      const { disabled, limits, metadata } = userSettings(flags, self);
      const client = await connectToGateway(flags);
      const user = await client.users.upsert({ external_id: externalId, name, disabled, limits, metadata });
      print(flags.json, user, describeUser(user));
    },
  );
}
