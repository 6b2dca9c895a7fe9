// `hearthkey users create`
import { Command } from 'commander';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { required } from '../required.ts';
import { describeUser } from './describe-user.ts';
import { addUserFlags, userSettings, type UserFlags } from './user-flags.ts';

type CreateFlags = GatewayOptions & UserFlags & { externalId?: string };

export function createUserCommand(): Command {
  const command = new Command('create').description('make a user');
  return addUserFlags(command, ['name']).action(async (flags: CreateFlags, self: Command) => {
    const name = required(self, flags.name, '--name <name>');
    const { limits, metadata } = userSettings(flags, self);
    const client = await connectToGateway(flags);
    const user = await client.users.create({ name, external_id: flags.externalId, limits, metadata });
    print(flags.json, user, describeUser(user));
  });
}
