// `hearthkey keys show`
import { Command } from 'commander';
import { print } from '../../output/print.ts';
import { parseKeyId } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { describeKey } from './describe-key.ts';

export function showKeyCommand(): Command {
  return new Command('show')
    .description('show everything about a key but its secret')
    .argument('<key-id>', 'its id, with or without hk_', parseKeyId)
    .action(async (id: string, options: GatewayOptions) => {
      const key = await (await connectToGateway(options)).keys.get(id);
      print(options.json, key, describeKey(key));
    });
}
