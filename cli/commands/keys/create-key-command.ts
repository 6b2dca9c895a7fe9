// `hearthkey keys create`
import { Command } from 'commander';
import { nameSchema } from '../../../protocol/admin/admin-user.ts';
import { findUser } from '../../admin-client/find-user.ts';
import { print } from '../../output/print.ts';
import { checkedBy } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { required } from '../required.ts';
import { describeKey } from './describe-key.ts';
import { addKeyFlags, keySettings, type KeyFlags } from './key-flags.ts';

type CreateFlags = GatewayOptions & KeyFlags & { user?: string };

export function createKeyCommand(): Command {
  const command = new Command('create')
    .description('make a key and print its secret, this once')
    .option('--name <name>', 'what it is for (required)', checkedBy(nameSchema))
    .option('--user <user>', 'the user that owns it, by id or name (required)');
  return addKeyFlags(command).action(async (flags: CreateFlags, self: Command) => {
    const name = required(self, flags.name, '--name <name>');
    const owner = required(self, flags.user, '--user <user>');
    const settings = keySettings(flags, self);
    const client = await connectToGateway(flags);
    const user = await findUser(client, owner);
    const key = await client.keys.create({ ...settings, name, user_id: user.id });
    print(flags.json, key, `${key.key}\n\nShown this once: keep it.\n\n${describeKey(key)}`);
  });
}
