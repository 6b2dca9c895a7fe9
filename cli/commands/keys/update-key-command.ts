// `hearthkey keys update`
import { Command, Option } from 'commander';
import { nameSchema } from '../../../protocol/admin/admin-user.ts';
import { print } from '../../output/print.ts';
import { checkedBy, parseKeyId } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { describeKey } from './describe-key.ts';
import { addKeyFlags, keySettings, type KeyFlags } from './key-flags.ts';

export function updateKeyCommand(): Command {
  const command = new Command('update')
    .description('change a key; what is not named stays, what is named is replaced whole')
    .argument('<key-id>', 'its id, with or without hk_', parseKeyId)
    .option('--name <name>', 'new name', checkedBy(nameSchema));
  return addKeyFlags(command)
    .addOption(new Option('--all-models', 'let it use all models').conflicts('model'))
    .addOption(new Option('--all-scopes', 'let it use all route groups').conflicts('scope'))
    .addOption(new Option('--any-address', 'let it be used from anywhere').conflicts('address'))
    .addOption(new Option('--no-quotas', 'take its limits away').conflicts('quota'))
    .option('--no-metadata', 'forget the notes kept with it')
    .action(async (id: string, flags: GatewayOptions & KeyFlags, self: Command) => {
      const settings = keySettings(flags, self);
      if (Object.keys(settings).length === 0)
        self.error('error: nothing to change; see --help for what can be changed');
      const key = await (await connectToGateway(flags)).keys.update(id, settings);
      print(flags.json, key, describeKey(key));
    });
}
